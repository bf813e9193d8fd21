// Writes down what a look at the receiver's ledger showed: the checkpoint to go on from, an announced restore for a
// person to read, or a regress, which stays an alarm. While one stands nothing of the receiver's is believed.
import type { RestoredLog } from '#shared/contracts/desktop/state.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { Clock, EpochMs } from '#shared/domain/time.ts';
import type { Restored } from './agree-on-restore.ts';
import type { OutboxBatch } from './batch.ts';
import { keepHead, keepOpenings } from './ledger-history.ts';
import type { Outbox, OutboxStore, OutboxTx, SignedLog } from './outbox.ts';
import { type Known, readKnown, writeKnown } from './sync-row.ts';
import type { Regress, Watched } from './watch-ledger.ts';

type Parts = { readonly store: OutboxStore; readonly outbox: Outbox; readonly clock: Clock };

export type Shown = {
  /** As it was before the call. */
  readonly known: Known;
  /** What the receiver acknowledged with it. */
  readonly batch: OutboxBatch;
  /** The receiver's checkpoint is shown to be over the head of that batch. */
  readonly cosigned: boolean;
  readonly watched: Watched | Regress;
};

export async function keepWatched({ store, outbox, clock }: Parts, log: SignedLog, shown: Shown): Promise<void> {
  const { known, batch, watched } = shown;
  const atMs = clock.now();
  await store.transaction(async (tx) => {
    const now = await readKnown(tx, log);
    const taken = { cursor: batch.size, witnessedRoot: batch.root.toString('base64'), syncedAtMs: atMs };
    const moved = { ...now, ...taken };
    // Somebody accepted another ledger meanwhile: what was compared with the one before says nothing. While an alarm
    // stands, nothing of the receiver's counts as a countersignature.
    if (now.ledger?.checkpoint !== known.ledger?.checkpoint || now.alarm !== null)
      return await writeKnown(tx, log, moved);
    if (watched.kind === 'regressed') {
      const { code, kept, seen } = watched;
      await writeKnown(tx, log, { ...moved, alarm: code });
      const data = { code, kept, seen };
      return await outbox.append(tx, { ...ofDesktop(atMs), outcome: 'failure', kind: 'checkpoint.regressed', data });
    }
    const cosigned = shown.cosigned ? { records: batch.size, atMs } : now.cosigned;
    const restored = watched.restored === null ? now.restored : both(now.restored, watched.restored, atMs);
    await writeKnown(tx, log, { ...moved, cosigned, restored, ledger: watched.ledger });
    await keep(tx, watched, atMs);
    if (watched.rotated !== null)
      await outbox.append(tx, { ...ofDesktop(atMs), kind: 'checkpoint.key_rotated', data: watched.rotated });
    if (watched.restored !== null)
      await outbox.append(tx, { ...ofDesktop(atMs), kind: 'checkpoint.restored', data: watched.restored });
  });
}

async function keep(tx: OutboxTx, { ledger, openings }: Watched, atMs: EpochMs): Promise<void> {
  await keepOpenings(tx, openings, atMs);
  await keepHead(tx, ledger, atMs);
}

/** What nobody has read yet and what came after it, as one: how far back it went at the furthest. */
function both(
  unread: RestoredLog | null,
  { survives, kept, agreed, ...restored }: Restored,
  atMs: EpochMs,
): RestoredLog {
  const is = {
    backupAtMs: restored.backupAtMs,
    restores: restored.restores,
    keptRecords: survives.size,
    seenRecords: kept.size,
    agreedRecords: agreed,
    noticedAtMs: atMs,
  };
  if (unread === null) return is;
  const furthest = unread.keptRecords < is.keptRecords ? unread : is;
  const seenRecords = Math.max(unread.seenRecords, is.seenRecords);
  return { ...furthest, seenRecords, restores: unread.restores + is.restores, noticedAtMs: atMs };
}

export function ofDesktop(atMs: EpochMs): Omit<OutboxEvent, 'kind' | 'data'> {
  return { atMs, actor: 'desktop', subject: null, resource: null, requestId: null, grantId: null, outcome: 'success' };
}
