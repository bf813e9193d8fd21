// Verifies the desktop's own log: every record, its place, the tree, and the signed checkpoint over all of it.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { Db } from '#shared/log/log-store.ts';
import { canonicalPages } from '#shared/log/record-reading.ts';
import type { SignedLog } from './outbox.ts';
import { OUTBOX_TABLES } from './tables.ts';

export type VerifyProblem = 'bad_checkpoint' | 'bad_record' | 'records_missing' | 'root_differs';

export type Verified = { readonly records: number; readonly problem: VerifyProblem | null };

/** Reads the whole log, a page at a time so that nothing else waits long. */
export async function verifyLog(db: Db, log: SignedLog): Promise<Verified> {
  const note = await log.checkpoint();
  if (note === null) return { records: 0, problem: log.size() === 0 ? null : 'bad_checkpoint' };
  const signed = openCheckpoint(note, log.signer.publicKey);
  if (!signed.ok || signed.value.origin !== log.origin) return { records: 0, problem: 'bad_checkpoint' };
  const { size, root } = signed.value;
  let tree = EMPTY_FRONTIER;
  for await (const page of canonicalPages(db, OUTBOX_TABLES, { start: 0, end: size })) {
    for (const [index, record] of page.entries())
      if (!isInPlace(record, log, tree.size + index)) return { records: tree.size + index, problem: 'bad_record' };
    tree = appendLeaves(
      tree,
      page.map((record) => leafHash(Buffer.from(record))),
    );
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  if (tree.size !== size) return { records: tree.size, problem: 'records_missing' };
  return { records: size, problem: rootOf(tree).equals(root) ? null : 'root_differs' };
}

function isInPlace(record: string, { origin, epoch }: SignedLog, sequence: number): boolean {
  const fields = readRecord(record);
  return (
    fields !== null &&
    fields.sequence === sequence &&
    fields.origin === origin &&
    fields.logName === origin &&
    fields.epoch === epoch
  );
}
