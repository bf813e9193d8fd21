// Turns an approved request into a credential on this machine, through the vault: on the person's word, or by itself
// while the person is there. Never twice at once, never before its time, and never without a note that survives a crash.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { CommandProblem } from '#shared/contracts/desktop/commands.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { checkOutProblem, problemOf } from '../problem-words.ts';
import { inBackground } from '../session/in-background.ts';
import { isPresent } from '../session/presence.ts';
import type { Person } from '../session/person.ts';
import type { Checkout } from '../kept/kept.ts';
import type { SessionDeps } from '../session/session-deps.ts';
import type { CheckOutRefused, LocalCopy } from '../vault/vault.ts';

export type Progress = { readonly collecting: boolean; readonly problem: string | null };

export type Collector = {
  /** Collects now. Again while it runs: waits for the same attempt. */
  readonly start: (person: Person, requestId: string) => Promise<Result<null, CommandProblem>>;
  /** Tries again what was cut, when the broker is back. */
  readonly again: (person: Person, requestId: string) => void;
  readonly progress: (requestId: string) => Progress;
};

type Hooks = {
  /** The credential is here: what it replaces is to go. */
  readonly stored: (person: Person, copy: LocalCopy) => Promise<void>;
  /** The collect was refused for good: whatever the broker may have begun is to be undone. */
  readonly refused: (requestId: string) => Promise<void>;
};

const FIRST_RETRY_MS = 5 * SECOND_MS;
const LONGEST_RETRY_MS = 5 * MINUTE_MS;

export function createCollector(deps: SessionDeps, hooks: Hooks): Collector {
  const running = new Map<string, Promise<Result<null, CommandProblem>>>();
  const problems = new Map<string, string>();
  const tries = new Map<string, number>();

  async function attempt(person: Person, requestId: string): Promise<Result<null, CommandProblem>> {
    const request = person.book.requests().get(requestId);
    if (request === undefined) return err(problemOf('not_known'));
    if (deps.time.jump() !== null) return err(problemOf('clock_jump'));
    const recordable = deps.outbox.canRecordGrant();
    if (!recordable.ok) return fail(request, problemOf(recordable.error));
    const resource = request.resource.id;
    const isFirstTry = deps.kept.checkout(requestId) === undefined;
    if (!(await note(begun(person, request)))) return fail(request, problemOf('not_recorded'));
    const collected = await deps.vault.checkOut({
      client: person.client,
      user: person.user,
      subject: person.book.me()?.subject ?? person.user,
      requestId,
      resource,
      allowMemory: deps.kept.value('memory_only') === 'yes',
    });
    person.rereadRequest(requestId);
    if (!collected.ok) {
      if (isFirstTry && isOfAnother(collected.error)) await forget(deps, requestId);
      return await refused(person, request, collected.error);
    }
    problems.delete(requestId);
    tries.delete(requestId);
    await hooks.stored(person, collected.value);
    return ok(null);
  }

  async function note(checkout: Checkout): Promise<boolean> {
    try {
      await deps.kept.putCheckout(checkout);
      return true;
    } catch (error) {
      deps.log.trouble('note a check-out', error);
      return false;
    }
  }

  function fail(request: RequestView, problem: CommandProblem): Result<null, CommandProblem> {
    problems.set(request.id, problem.code);
    return err(problem);
  }

  async function refused(
    person: Person,
    request: RequestView,
    error: CheckOutRefused,
  ): Promise<Result<null, CommandProblem>> {
    const problem = checkOutProblem(error);
    if (error.code === 'interrupted' && isIntended(request.id)) retryLater(person, request.id);
    else {
      // Ended while it was being collected: a release that was sent meanwhile did not know of its grant yet.
      if (error.code === 'interrupted' && !(await note(begun(person, request))))
        deps.kept.believeCheckout(begun(person, request));
      await hooks.refused(request.id);
    }
    // Its time is shown already: that is no problem of it.
    return problem.code === 'too_early' ? err(problem) : fail(request, problem);
  }

  function retryLater(person: Person, requestId: string): void {
    const count = tries.get(requestId) ?? 0;
    tries.set(requestId, count + 1);
    deps.timers.after(Math.min(FIRST_RETRY_MS * 2 ** count, LONGEST_RETRY_MS), () => again(person, requestId));
  }

  function isIntended(requestId: string): boolean {
    return deps.vault.copies().some((copy) => copy.requestId === requestId && copy.state === 'intended');
  }

  function again(person: Person, requestId: string): void {
    if (!isIntended(requestId) || running.has(requestId)) return;
    if (!isPresent(deps.presence, deps.time)) return retryLater(person, requestId);
    inBackground(deps.log, 'collect again', async () => await start(person, requestId));
  }

  async function start(person: Person, requestId: string): Promise<Result<null, CommandProblem>> {
    const same = running.get(requestId);
    if (same !== undefined) return await same;
    const attempted = attempt(person, requestId).finally(() => {
      running.delete(requestId);
      deps.changed();
    });
    running.set(requestId, attempted);
    deps.changed();
    return await attempted;
  }

  return {
    start,
    again,
    progress: (requestId) => ({ collecting: running.has(requestId), problem: problems.get(requestId) ?? null }),
  };
}

/** The access is another machine's: nothing of it is to be undone from here. */
async function forget({ kept, log }: SessionDeps, requestId: string): Promise<void> {
  try {
    await kept.dropCheckout(requestId);
  } catch (error) {
    log.trouble('forget a check-out', error);
  }
}

/** Only what an earlier try of this machine may have left is told apart by having been tried. */
function isOfAnother(error: CheckOutRefused): boolean {
  return error.code === 'refused' && error.problem.code === 'collect_conflict';
}

function begun({ user }: Person, request: RequestView): Checkout {
  return { request_id: request.id, user, resource: request.resource.id, grant_id: null, state: 'begun' };
}
