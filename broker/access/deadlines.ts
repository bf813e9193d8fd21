// Everything that happens by itself: requests are chased and lapse, grants expire, half-begun ones are undone, failed revokes retried.
import { sql, type CompiledQuery } from 'kysely';
import { SECOND_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Reader } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { chaseRequest, dueForChase } from './chase.ts';
import { endGrant, endGrantOnce } from './end.ts';
import { finishEndOnce } from './finish-end.ts';
import { endOfDisabled, endOfUnproven } from './end-of-person.ts';
import { forgetKeys } from './forget-keys.ts';
import { lapseIfDue } from './lapse.ts';
import { findRequest, onFreshRows } from './rows.ts';

/** Sleep, a changed clock and a lost timer are noticed within this time. */
const LONGEST_WAIT_MS = 15 * SECOND_MS;
const AFTER_ERROR_MS = SECOND_MS;
const AT_ONCE = 200;

export type Deadlines = {
  /** Does everything that is due now. Safe to call at any time and any number of times at once. */
  readonly runDue: () => Promise<void>;
  /** Arms the timer anew: a deadline may have come closer. */
  readonly changed: () => void;
  readonly close: () => Promise<void>;
};

type Options = {
  readonly deps: () => AccessDeps;
  /** Told of what could not be done; it will be tried again. */
  readonly onError: (error: unknown) => void;
};

export function createDeadlines({ deps, onError }: Options): Deadlines {
  const runDue = coalesced(() => runOnce(deps()));
  const alarm = createAlarm(() => {
    runDue().then(changed, failed);
  });
  const failed = (error: unknown): void => {
    onError(error);
    alarm.set(AFTER_ERROR_MS);
  };
  const armForNext = coalesced(async () => {
    const atMs = await nextDeadline(deps());
    const waitMs = atMs === null ? LONGEST_WAIT_MS : atMs - deps().clock.now();
    const longestMs = deps().unwrittenEnds.all().length === 0 ? LONGEST_WAIT_MS : AFTER_ERROR_MS;
    alarm.set(Math.min(longestMs, Math.max(0, waitMs)));
  });
  const changed = (): void => {
    if (!alarm.closed()) armForNext().catch(failed);
  };
  return {
    runDue,
    changed,
    close: async () => {
      alarm.close();
      // What failed may have been a run that had begun before: one more, since unwritten ends do not outlive this.
      await runDue().catch(runDue).catch(onError);
    },
  };
}

/** Runs one at a time; a call during a run makes it run once more after, and all share the end of that. */
function coalesced(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  const loop = async (): Promise<void> => {
    try {
      do {
        again = false;
        await run();
      } while (again);
    } finally {
      running = null;
    }
  };
  return () => {
    again = true;
    running ??= loop();
    return running;
  };
}

type Alarm = { readonly set: (waitMs: number) => void; readonly closed: () => boolean; readonly close: () => void };

function createAlarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  return {
    set: (waitMs) => {
      if (timer !== null) clearTimeout(timer);
      timer = closed ? null : setTimeout(ring, waitMs);
      timer?.unref();
    },
    closed: () => closed,
    close: () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}

async function runOnce(deps: AccessDeps): Promise<void> {
  stopExpired(deps);
  await inBatches(deps.unwrittenEnds.all(), async (ending) => void (await endGrant(deps, ending)));
  // What another replica has heard of somebody's end must not wait until they call here.
  await deps.directory.refresh();
  await expireGrants(deps);
  await retryRevokes(deps);
  await undoActivations(deps);
  await lapseRequests(deps);
  await inBatches(await dueForChase(deps), async ({ id }) => await chaseRequest(deps, id));
  await endOfDisabled(deps);
  await endOfUnproven(deps);
  await forgetKeys(deps);
}

/** The gateway refuses by the clock alone; the rest makes it a fact on record. Memory first, in case the disk says no. */
function stopExpired(deps: AccessDeps): void {
  const nowMs = deps.clock.now();
  for (const credential of deps.live.all()) if (credential.endsAtMs <= nowMs) deps.live.remove(credential.credentialId);
}

async function expireGrants(deps: AccessDeps): Promise<void> {
  const nowMs = deps.clock.now();
  const due = await deps.store.read
    .selectFrom('grants')
    .select(['id', 'ends_at_ms'])
    .where('state', 'in', ['active', 'activating'])
    .where('ends_at_ms', '<=', nowMs)
    .orderBy('ends_at_ms')
    .execute();
  await inBatches(due, async ({ id, ends_at_ms }) => {
    await endGrantOnce(deps, { grantId: id, reason: 'expired', actor: 'broker', dueAtMs: ends_at_ms });
  });
}

async function retryRevokes(deps: AccessDeps): Promise<void> {
  const due = await deps.store.read
    .selectFrom('grants')
    .select('id')
    .where('state', 'in', ['revoking', 'revoke_failed'])
    .where('retry_at_ms', '<=', deps.clock.now())
    .execute();
  await inBatches(due, async ({ id }) => await finishEndOnce(deps, id));
}

async function undoActivations(deps: AccessDeps): Promise<void> {
  const nowMs = deps.clock.now();
  const due = await deps.store.read
    .selectFrom('grants')
    .select('id')
    .where('state', '=', 'activating')
    .where('activate_by_ms', '<=', nowMs)
    .execute();
  await inBatches(due, async ({ id }) => {
    await endGrantOnce(deps, { grantId: id, reason: 'activation_failed', actor: 'broker', dueAtMs: nowMs });
  });
}

async function lapseRequests(deps: AccessDeps): Promise<void> {
  const due = await deps.store.read
    .selectFrom('requests')
    .select('id')
    .where('state', 'in', ['pending', 'approved'])
    .where('lapses_at_ms', '<=', deps.clock.now())
    .execute();
  await inBatches(due, async ({ id }) => {
    await onFreshRows(() =>
      deps.store.transaction(async (tx) => {
        const row = await findRequest(tx, id);
        if (row !== undefined) await lapseIfDue(deps, tx, row);
      }),
    );
  });
}

/** One failure does not keep the others from their end: all are tried, then the first failure is thrown. */
async function inBatches<T>(items: readonly T[], step: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const results = await Promise.allSettled(items.slice(start, start + AT_ONCE).map(step));
    for (const result of results) if (result.status === 'rejected') failures.push(result.reason);
  }
  if (failures.length > 0) throw failures[0];
}

/** One statement, built once: it is asked after every change. */
async function nextDeadline(deps: AccessDeps): Promise<EpochMs | null> {
  const { rows } = await deps.store.read.executeQuery<{ at: number | string | null }>(nextDeadlineIn(deps.store.read));
  const at = rows[0]?.at ?? null;
  return at === null ? null : Number(at);
}

const builtFor = new WeakMap<Reader, CompiledQuery<{ at: number | string | null }>>();

function nextDeadlineIn(db: Reader): CompiledQuery<{ at: number | string | null }> {
  const known = builtFor.get(db);
  if (known !== undefined) return known;
  const built = sql<{ at: number | string | null }>`
    select min(at) as at from (
      select min(ends_at_ms) as at from grants where state = 'active'
      union all select min(ends_at_ms) from grants where state = 'activating'
      union all select min(activate_by_ms) from grants where state = 'activating'
      union all select min(retry_at_ms) from grants where state in ('revoking', 'revoke_failed')
      union all select min(lapses_at_ms) from requests where state = 'pending'
      union all select min(lapses_at_ms) from requests where state = 'approved'
      union all select min(remind_at_ms) from requests where state = 'pending'
      union all select min(escalate_at_ms) from requests where state = 'pending'
    ) as deadlines`.compile(db);
  builtFor.set(db, built);
  return built;
}
