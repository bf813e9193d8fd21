// Which sinks a data area uses: the organisation's as they are set now, whatever is on record of them; then the person's.
import type { Sink } from '#shared/contracts/sinks.ts';
import type { KeptSinks } from './kept-sinks.ts';
import type { UsedSink } from './used-sinks.ts';

/** One of the person's that has the name of one of the organisation's is not used. */
export function sinksToUse(kept: Pick<KeptSinks, 'all'>, managed: readonly Sink[]): readonly UsedSink[] {
  const theirs = new Set(managed.map(({ name }) => name));
  const mine = kept.all().filter(({ sink, managed: isTheirs }) => !isTheirs && !theirs.has(sink.name));
  return [...managed.map((sink) => ({ sink, managed: true })), ...mine.map(({ sink }) => ({ sink, managed: false }))];
}
