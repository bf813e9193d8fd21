// The rows of local copies on disk. Each write is compare-and-set and carries its records in the same transaction.
import { err, ok, type Result } from '#shared/domain/result.ts';
import { HOUR_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import type { Log } from '../ports.ts';
import { fromRow, toRow, type VaultCopy } from './copy-row.ts';
import type { VaultTables } from './tables.ts';
import { eventOf, type VaultFact } from './vault-event.ts';
import type { AppendRecord, VaultTx } from './vault-options.ts';

/** `refused`: it is not what it was taken for any more. `not_recorded`: the disk failed, nothing changed. */
export type WriteRefused = 'refused' | 'not_recorded';

export type CopyStore = {
  /** All that are not over, in order of their intents. */
  readonly load: () => Promise<readonly VaultCopy[]>;
  readonly insert: (copy: VaultCopy, facts: readonly VaultFact[]) => Promise<Result<VaultCopy, 'not_recorded'>>;
  /** `also` is more that belongs into the same transaction. */
  readonly replace: (
    from: VaultCopy,
    to: VaultCopy,
    facts: readonly VaultFact[],
    also?: (tx: VaultTx) => Promise<void>,
  ) => Promise<Result<VaultCopy, WriteRefused>>;
};

export type CopyStoreOptions = {
  readonly store: Store<VaultTables>;
  readonly appendRecord: AppendRecord;
  readonly now: () => EpochMs;
  readonly log: Log;
};

/** Copies that are over stay in the table for so long, for who asks what happened here. */
const KEPT_MS = 30 * 24 * HOUR_MS;

export function createCopyStore({ store, appendRecord, now, log }: CopyStoreOptions): CopyStore {
  const record = async (tx: VaultTx, copy: VaultCopy, facts: readonly VaultFact[]): Promise<void> => {
    for (const fact of facts) await appendRecord(tx, eventOf(copy, fact, now()));
  };
  /** What was told of a copy that cannot be written: a wipe is tried for ever, and told once for each change. */
  const told = new Map<string, Set<string>>();
  const notRecorded = (error: unknown, { collectId, state }: VaultCopy): { ok: false; error: 'not_recorded' } => {
    const before = told.get(collectId) ?? new Set();
    const words = `${state} ${String(error)}`;
    if (!before.has(words)) log.trouble('vault.not_recorded', error, { collectId, state });
    told.set(collectId, before.add(words));
    return err('not_recorded');
  };
  return {
    load: async () => {
      await forgetOld(store, now(), log);
      const rows = await store.read
        .selectFrom('local_copies')
        .selectAll()
        .where('over_at_ms', 'is', null)
        .orderBy('intended_at_ms')
        .execute();
      return rows.map(fromRow);
    },
    insert: async (copy, facts) => {
      try {
        await store.transaction(async (tx) => {
          await tx.insertInto('local_copies').values(toRow(copy)).execute();
          await record(tx, copy, facts);
        });
        return ok(copy);
      } catch (error) {
        return notRecorded(error, copy);
      }
    },
    replace: async (from, to, facts, also) => {
      try {
        await store.transaction(async (tx) => {
          await replaceRow(tx, from, to);
          await also?.(tx);
          await record(tx, to, facts);
        });
        told.delete(to.collectId);
        return ok(to);
      } catch (error) {
        return error instanceof StaleCopy ? err('refused') : notRecorded(error, to);
      }
    },
  };
}

/** Rolls the transaction back that it is thrown in. */
class StaleCopy extends Error {
  override readonly name = 'StaleCopy';
}

async function replaceRow(tx: VaultTx, from: VaultCopy, to: VaultCopy): Promise<void> {
  const done = await tx
    .updateTable('local_copies')
    .set(toRow(to))
    .where('collect_id', '=', from.collectId)
    .where('version', '=', from.version)
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n) throw new StaleCopy();
}

async function forgetOld(store: Store<VaultTables>, nowMs: EpochMs, log: Log): Promise<void> {
  try {
    await store.transaction(async (tx) => {
      await tx
        .deleteFrom('local_copies')
        .where('over_at_ms', '<', nowMs - KEPT_MS)
        .execute();
    });
  } catch (error) {
    // A full disk must not keep the start from wiping what is due.
    log.trouble('vault.not_pruned', error);
  }
}
