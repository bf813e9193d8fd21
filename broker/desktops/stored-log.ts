// One epoch of a desktop's log as it is stored here: its head and the hashes of its tree.
import type { Reader, Tx } from '#broker/store.ts';
import type { SubtreeHash } from '#shared/audit/subtree.ts';
import { bulkInsert } from '#shared/log/bulk-insert.ts';
import { toBuffer, toWholeNumber } from '#shared/log/row-reading.ts';
import { subtreeReader } from '#shared/log/tree-reading.ts';
import type { KnownLog } from '#shared/contracts/audit-api.ts';
import type { Opening } from './read-opening.ts';
import type { Batch } from './read-batch.ts';

/** The last accepted head. */
export type StoredHead = {
  readonly epoch: number;
  readonly size: number;
  /** Base64. */
  readonly root: string;
  readonly checkpoint: string;
};

type Name = { readonly origin: string; readonly epoch: number };

/** Of this epoch, or without one of the newest; null when nothing was ever accepted. */
export async function readStoredHead(db: Reader, origin: string, epoch?: number): Promise<StoredHead | null> {
  let query = db
    .selectFrom('desktop_epochs')
    .select(['epoch', 'size', 'root', 'checkpoint'])
    .where('origin', '=', origin)
    .orderBy('epoch', 'desc')
    .limit(1);
  if (epoch !== undefined) query = query.where('epoch', '=', epoch);
  const row = await query.executeTakeFirst();
  return row === undefined ? null : { ...row, size: toWholeNumber(row.size) };
}

/** What a device is told that sends something that does not follow. */
export function knownLog(head: StoredHead | null, followed: number): KnownLog {
  return { epoch: head?.epoch ?? 0, next: head?.size ?? 0, checkpoint: head?.checkpoint ?? null, followed };
}

/** Leaf hashes of the stored records from `first` on, in order. */
export async function readLeaves(db: Reader, name: Name, first: number, count: number): Promise<readonly Buffer[]> {
  const rows = await db
    .selectFrom('desktop_records')
    .select('leaf_hash')
    .where('origin', '=', name.origin)
    .where('epoch', '=', name.epoch)
    .where('sequence', '>=', first)
    .where('sequence', '<', first + count)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => toBuffer(row.leaf_hash));
}

/** Any complete subtree of what is stored. */
export function storedSubtrees(db: Reader, name: Name): SubtreeHash {
  return subtreeReader(async (level, first, count) => {
    if (level === 0) return await readLeaves(db, name, first, count);
    const rows = await db
      .selectFrom('desktop_subtrees')
      .select('hash')
      .where('origin', '=', name.origin)
      .where('epoch', '=', name.epoch)
      .where('level', '=', level)
      .where('position', '>=', first)
      .where('position', '<', first + count)
      .orderBy('position')
      .execute();
    return rows.map((row) => toBuffer(row.hash));
  });
}

const insertRecords = bulkInsert('desktop_records', [
  'origin',
  'epoch',
  'sequence',
  'subject',
  'leaf_hash',
  'canonical',
  'taken_at_ms',
]);
const insertSubtrees = bulkInsert('desktop_subtrees', ['origin', 'epoch', 'level', 'position', 'hash']);

export type Growth = {
  readonly batch: Batch;
  /** How many records are stored already: the batch's from here on are new. */
  readonly from: number;
  /** Level, position and hash of each subtree that became complete and is to be stored. */
  readonly subtrees: readonly (readonly unknown[])[];
  readonly publicKeyPem: string;
  /** What it follows; null for the first epoch, and where none is opened. */
  readonly opening: Pick<Opening, 'code' | 'previousOrigin'> | null;
  readonly nowMs: number;
};

/** Stores the new records and moves the head. A second writer of the same place breaks the primary key and undoes all. */
export async function storeGrowth(tx: Tx, growth: Growth): Promise<void> {
  const { batch, from, subtrees, publicKeyPem, opening, nowMs } = growth;
  const { origin, epoch, firstSeq, size, checkpoint } = batch;
  const fresh = batch.records.slice(from - firstSeq);
  const rows = fresh.map(({ subject, leaf, canonical }, index) => [
    origin,
    epoch,
    from + index,
    subject,
    leaf,
    canonical,
    nowMs,
  ]);
  await insertRecords(tx, rows);
  await insertSubtrees(
    tx,
    subtrees.map((subtree) => [origin, epoch, ...subtree]),
  );
  const head = { size, root: batch.root.toString('base64'), checkpoint };
  if (from === 0) {
    const before = { reason: opening?.code ?? null, previous_origin: opening?.previousOrigin ?? null };
    const opened = { origin, epoch, public_key: publicKeyPem, opened_at_ms: nowMs, ...before };
    await tx
      .insertInto('desktop_epochs')
      .values({ ...opened, ...head })
      .execute();
    return;
  }
  const { numUpdatedRows } = await tx
    .updateTable('desktop_epochs')
    .set(head)
    .where('origin', '=', origin)
    .where('epoch', '=', epoch)
    .where('size', '=', from)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows !== 1n) throw new Error('another writer moved the head of this log');
}

/** This desktop proved its key and sent of its log. */
export async function noteHeard(tx: Tx, origin: string, nowMs: number): Promise<void> {
  await tx
    .insertInto('desktop_logs')
    .values({ origin, heard_at_ms: nowMs })
    .onConflict((conflict) => conflict.column('origin').doUpdateSet({ heard_at_ms: nowMs }))
    .execute();
}
