// The ids of records whose bodies were pruned here. Whoever asks whether a record was carried over, or whether the
// receiver has it, asks by its id, which the leaf hash alone does not tell.
import { sql } from 'kysely';
import { type BulkInsert, bulkInsert } from '#shared/log/bulk-insert.ts';
import type { Db } from '#shared/log/log-store.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { LogError } from '#shared/log/log-error.ts';
import type { PrunedBody } from '#shared/log/prune.ts';
import type { OutboxTx } from './outbox.ts';

type Name = { readonly origin: string; readonly epoch: number };
export type PrunedId = Name & { readonly sequence: number; readonly uid: string };

const insertIds: BulkInsert = bulkInsert('outbox_pruned', ['origin', 'epoch', 'sequence', 'uid']);

/** In the transaction that prunes them. */
export async function keepIds(tx: OutboxTx, { origin, epoch }: Name, bodies: readonly PrunedBody[]): Promise<void> {
  const rows = bodies.map(({ sequence, canonical }) => {
    const fields = readRecord(canonical);
    if (fields === null) throw new LogError('damaged', 'a record of the log is not one of ours');
    return [origin, epoch, sequence, fields.uid];
  });
  await insertIds(tx, rows);
}

/** Those of this log; with `from` only from that place on, in this and later epochs. */
export async function prunedIds(
  db: Db,
  origin: string,
  from: { readonly epoch: number; readonly sequence: number } = { epoch: 0, sequence: 0 },
): Promise<readonly PrunedId[]> {
  const { rows } = await sql<PrunedId>`
    select origin, epoch, sequence, uid from outbox_pruned
    where origin = ${origin} and (epoch > ${from.epoch} or (epoch = ${from.epoch} and sequence >= ${from.sequence}))
    order by epoch, sequence
  `.execute(db);
  return rows;
}

/** Those of logs of other keys whose loss was not told yet. */
export async function prunedElsewhere(db: Db, origin: string): Promise<readonly string[]> {
  const { rows } = await sql<{ uid: string }>`
    select uid from outbox_pruned where origin <> ${origin} and lost = 0
  `.execute(db);
  return rows.map(({ uid }) => uid);
}

/** Whether there is a pruned record from this place on in the epoch. */
export async function isPrunedFrom(db: Db, { origin, epoch }: Name, sequence: number): Promise<boolean> {
  const { rows } = await sql`
    select 1 from outbox_pruned
    where origin = ${origin} and epoch = ${epoch} and sequence >= ${sequence} limit 1
  `.execute(db);
  return rows.length > 0;
}
