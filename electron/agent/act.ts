// A button on a notification of this run. It does what the window would do, and refuses what is not as it was shown.
import type { CommandProblem, WishForm } from '#shared/contracts/desktop/commands.ts';
import { assertNever, err, ok, type Result } from '#shared/domain/result.ts';
import { answerRequest, type GivenAnswer } from './approvals/answer.ts';
import { extensionWish } from './grants/extension-wish.ts';
import type { EndGrants } from './grants/end-grants.ts';
import type { NoticeAction } from './ports.ts';
import { problemOf } from './problem-words.ts';
import type { Asking } from './requests/ask.ts';
import type { Collector } from './requests/collect.ts';
import type { Person } from './session/person.ts';
import type { SessionDeps } from './session/session-deps.ts';
import type { LocalCopy } from './vault/vault.ts';

export type ActParts = {
  readonly deps: SessionDeps;
  readonly collector: Collector;
  readonly ends: EndGrants;
  readonly asking: Asking;
};

/** Refuses while locked (`locked`), and what is not pending, not there or another scope now (`stale`). */
export async function performAction(parts: ActParts, action: NoticeAction): Promise<Result<null, CommandProblem>> {
  const { deps } = parts;
  try {
    if (deps.presence.locked()) return err(problemOf('locked'));
    const person = deps.shown();
    if (person === null) return err(problemOf('no_person'));
    return await perform(parts, person, action);
  } catch (error) {
    deps.log.trouble(`notification action ${action.kind}`, error);
    return err(problemOf('internal'));
  }
}

async function perform(
  { deps, collector, ends, asking }: ActParts,
  person: Person,
  action: NoticeAction,
): Promise<Result<null, CommandProblem>> {
  switch (action.kind) {
    case 'approve':
    case 'reject':
      return await answerRequest(deps, person, answerOf(action), 'notice');
    case 'start': {
      const waits = person.book.requests().get(action.requestId);
      const cut = deps.vault.copies().some((copy) => copy.requestId === action.requestId && copy.state === 'intended');
      if (waits?.state !== 'approved' && !cut) return err(problemOf('stale'));
      return await collector.start(person, action.requestId);
    }
    case 'done': {
      const copy = activeCopy(deps, person, action.grantId);
      return copy === undefined ? err(problemOf('stale')) : await ends.done(copy);
    }
    case 'extend':
      return await extend({ deps, asking }, person, action);
    default:
      return assertNever(action);
  }
}

function answerOf({ requestId, scopeHash, kind }: Extract<NoticeAction, { kind: 'approve' | 'reject' }>): GivenAnswer {
  return { requestId, scopeHash, answer: kind, reason: null, narrowToMs: null, narrowToActions: null };
}

/** Asks for as much time as the access had; policy and people decide, as always. What waits already is not asked again. */
async function extend(
  { deps, asking }: Pick<ActParts, 'deps' | 'asking'>,
  person: Person,
  { grantId, attempt }: Extract<NoticeAction, { kind: 'extend' }>,
): Promise<Result<null, CommandProblem>> {
  const copy = activeCopy(deps, person, grantId);
  const requests = person.book.requests();
  const request = copy === undefined ? undefined : requests.get(copy.requestId);
  if (copy === undefined || request === undefined) return err(problemOf('stale'));
  const waits = (state: string): boolean => state === 'pending' || state === 'approved';
  if ([...requests.values()].some((other) => other.extends === grantId && waits(other.state))) return ok(null);
  const wish: WishForm = extensionWish(grantId, request);
  const asked = await asking.ask(person, wish, attempt);
  return asked.ok ? ok(null) : asked;
}

function activeCopy(deps: SessionDeps, person: Person, grantId: string): LocalCopy | undefined {
  return deps.vault
    .copies()
    .find((copy) => copy.issued?.grantId === grantId && copy.user === person.user && copy.state === 'stored');
}
