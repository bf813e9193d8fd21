// What the earlier epochs of a desktop's log showed, in the words of a person.
import type { ChainPart, ChainProblem, EpochLink } from '#shared/audit/verify-chain.ts';
import { refusal } from './words.ts';

/** One line an epoch, the oldest first; none where there is a single one that follows nothing. */
export function chainWords(parts: readonly ChainPart[]): readonly string[] {
  const [first, ...more] = parts;
  if (first === undefined || (more.length === 0 && first.link.kind === 'first')) return [];
  return parts.map(({ part, origin, epoch, records, pruned, link }) => {
    const where = part === '' ? 'last part' : part;
    const gone = pruned === 0 ? '' : `, ${pruned} pruned`;
    const which = epoch === null ? '' : `epoch ${epoch}, `;
    return `${where}: ${which}${records} records${gone}, of ${origin}: ${linkWords(link)}`;
  });
}

function linkWords(link: EpochLink): string {
  switch (link.kind) {
    case 'first':
      return 'follows nothing that is known';
    case 'shown':
      return `shown to follow ${link.part}`;
    case 'longer_elsewhere':
      return `follows ${link.part}, of which the broker had ${link.witnessed} records: not all of them are here`;
    case 'not_here':
      return `not shown: it follows epoch ${link.epoch} of ${link.origin}, which is not here`;
  }
}

export function chainRefusal(problem: ChainProblem): string {
  const where = problem.part === '' ? 'the last part' : problem.part;
  switch (problem.code) {
    case 'bad_part':
      return `${where}: ${refusal(problem.problem, null)}`;
    case 'not_an_epoch':
      return `${where} is no epoch of this log`;
    case 'another_head':
      return `${where} is another log than the one that a later part says it follows`;
  }
}
