// Remembers used proofs in the database that several replicas share: whoever inserts an id first has used it.
// Durable, so what was used before a start is known, too.
import { createHash } from 'node:crypto';
import { MINUTE_MS, type EpochMs } from '#shared/domain/time.ts';
import type { BrokerStore } from '#broker/store.ts';
import type { ReplayMemory } from './replay-memory.ts';

const FORGET_EVERY_MS = MINUTE_MS;
/** Past a proof's own end, for replicas whose clocks differ and clocks that are set back. */
const KEPT_LONGER_MS = 10 * MINUTE_MS;

export function createReplayTable(store: BrokerStore): ReplayMemory {
  let forgottenBeforeMs: EpochMs = 0;

  async function forgetPast(nowMs: EpochMs): Promise<void> {
    const beforeMs = nowMs - KEPT_LONGER_MS;
    // A clock that was set back must not bring a forgotten proof to life again; what is longer ago is refused anyway.
    forgottenBeforeMs = beforeMs;
    await store.transaction(
      async (tx) => await tx.deleteFrom('device_proofs_seen').where('until_ms', '<', beforeMs).execute(),
      { isolation: 'read committed' },
    );
  }

  return {
    async use(id, { untilMs, nowMs }) {
      if (untilMs < nowMs || untilMs < forgottenBeforeMs) return 'past';
      const inserted = await store.transaction(
        async (tx) =>
          await tx
            .insertInto('device_proofs_seen')
            .values({ id: createHash('sha256').update(id).digest('base64url'), until_ms: untilMs })
            .onConflict((conflict) => conflict.doNothing())
            .executeTakeFirstOrThrow(),
        { isolation: 'read committed' },
      );
      if (Math.abs(nowMs - KEPT_LONGER_MS - forgottenBeforeMs) >= FORGET_EVERY_MS) await forgetPast(nowMs);
      return inserted.numInsertedOrUpdatedRows === 1n ? 'fresh' : 'replayed';
    },
  };
}
