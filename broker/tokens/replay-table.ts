// Remembers used proofs in the database that several replicas share: whoever inserts an id first has used it.
// Durable, so what was used before a start is known, too. Proofs that come at the same time share one statement.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { MINUTE_MS, type EpochMs } from '#shared/domain/time.ts';
import type { SharedDatabase } from '#shared/store/store.ts';
import type { Reader } from '#broker/store.ts';
import type { ReplayMemory } from './replay-memory.ts';

const FORGET_EVERY_MS = MINUTE_MS;
/** Past a proof's own end, for replicas whose clocks differ and clocks that are set back. */
const KEPT_LONGER_MS = 10 * MINUTE_MS;
const MOST_AT_ONCE = 200;

type Waiting = {
  readonly id: string;
  readonly untilMs: EpochMs;
  readonly resolve: (use: 'fresh' | 'replayed') => void;
  readonly reject: (error: unknown) => void;
};

/** `read` is the same database, for building statements in its dialect. */
export function createReplayTable(shared: SharedDatabase, read: Reader): ReplayMemory {
  let forgottenBeforeMs: EpochMs = 0;
  let waiting: Waiting[] = [];
  let writing = false;

  async function forgetPast(nowMs: EpochMs): Promise<void> {
    const beforeMs = nowMs - KEPT_LONGER_MS;
    // A clock that was set back must not bring a forgotten proof to life again; what is longer ago is refused anyway.
    forgottenBeforeMs = beforeMs;
    await shared.statement(read.deleteFrom('device_proofs_seen').where('until_ms', '<', beforeMs).compile());
  }

  /** Whoever comes while a statement runs shares the next one. */
  async function write(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const now = waiting.slice(0, MOST_AT_ONCE);
      waiting = waiting.slice(MOST_AT_ONCE);
      try {
        const fresh = await insertNew(shared, read, now);
        // Of the same proof twice in one statement the first has used it.
        for (const { id, resolve } of now) resolve(fresh.delete(id) ? 'fresh' : 'replayed');
      } catch (error) {
        for (const { reject } of now) reject(error);
      }
    }
    writing = false;
  }

  return {
    async use(id, { untilMs, nowMs }) {
      if (untilMs < nowMs || untilMs < forgottenBeforeMs) return 'past';
      const use = await new Promise<'fresh' | 'replayed'>((resolve, reject) => {
        waiting.push({ id: createHash('sha256').update(id).digest('base64url'), untilMs, resolve, reject });
        if (!writing) void write();
      });
      if (Math.abs(nowMs - KEPT_LONGER_MS - forgottenBeforeMs) >= FORGET_EVERY_MS) await forgetPast(nowMs);
      return use;
    },
  };
}

/** Gives the ids that nobody had used. */
async function insertNew(shared: SharedDatabase, read: Reader, used: readonly Waiting[]): Promise<Set<string>> {
  const ids = used.map(({ id }) => id);
  const untils = used.map(({ untilMs }) => untilMs);
  const insert = sql<{ id: string }>`insert into device_proofs_seen (id, until_ms)
    select * from unnest(${ids}::text[], ${untils}::bigint[]) on conflict do nothing returning id`;
  return new Set((await shared.statement(insert.compile(read))).rows.map(({ id }) => id));
}
