// The next records for a receiver, with the checkpoint over the tree that ends with the last of them.
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import { type AppendBody, MAX_APPEND_BYTES, MAX_APPENDED_RECORDS } from '#shared/contracts/audit-api.ts';
import type { Db } from '#shared/log/log-store.ts';
import { canonicalPages } from '#shared/log/record-reading.ts';
import { logHashes, readFrontier, subtreeReader } from '#shared/log/tree-reading.ts';
import type { SignedLog } from './outbox.ts';
import { OUTBOX_TABLES } from './tables.ts';

/** What is in a body besides the records: notes, hashes and names. */
const OTHER_BYTES = 16 * 1024;

export type OutboxBatch = { readonly body: AppendBody; readonly size: number; readonly root: Buffer };

/** What is sent of a log, open or not. */
export type SentLog = Pick<SignedLog, 'origin' | 'epoch' | 'signer' | 'size' | 'consistencyProof'>;

/** Root of the first `size` records. */
export async function rootAt(db: Db, size: number): Promise<Buffer> {
  return rootOf(await readFrontier(subtreeReader(logHashes(db, OUTBOX_TABLES)), size));
}

/** The records from `from` up to, not including, `end`, as many as one call takes. There must be one. */
export async function nextBatch(db: Db, log: SentLog, from: number, end = log.size()): Promise<OutboxBatch> {
  const records = await recordsFrom(db, from, Math.min(end, from + MAX_APPENDED_RECORDS));
  const size = from + records.length;
  const root = await rootAt(db, size);
  const consistency = from === 0 ? [] : await log.consistencyProof(from, size);
  if (records.length === 0 || consistency === null) throw new RangeError(`the log has no records from ${from} on`);
  const { origin, epoch, signer } = log;
  const checkpoint = signCheckpoint({ origin, size, root }, signer);
  return { body: { origin, epoch, firstSeq: from, records, checkpoint, consistency: [...consistency] }, size, root };
}

async function recordsFrom(db: Db, start: number, end: number): Promise<string[]> {
  const records: string[] = [];
  let bytes = OTHER_BYTES;
  for await (const page of canonicalPages(db, OUTBOX_TABLES, { start, end })) {
    for (const record of page) {
      bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
      if (bytes > MAX_APPEND_BYTES) return records;
      records.push(record);
    }
  }
  return records;
}
