// Verifies the desktop's own log: every record, its place, the tree, and the signed checkpoint over all of it.
import { sql } from 'kysely';
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { readPrunedLeaf } from '#shared/audit/export-record.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { Db } from '#shared/log/log-store.ts';
import { canonicalPages } from '#shared/log/record-reading.ts';
import type { SignedLog } from './outbox.ts';
import { OUTBOX_TABLES } from './tables.ts';

export type VerifyProblem =
  | 'bad_checkpoint'
  | 'bad_record'
  | 'records_missing'
  | 'root_differs'
  /** More bodies are gone than the log says were pruned. */
  | 'bodies_missing';

/** `pruned`: of how many of them only the leaf hash is left. */
export type Verified = {
  readonly records: number;
  readonly pruned: number;
  readonly problem: VerifyProblem | null;
};

/** Reads the whole log, a page at a time so that nothing else waits long. */
export async function verifyLog(db: Db, log: SignedLog): Promise<Verified> {
  const note = await log.checkpoint();
  if (note === null) return bad(0, log.size() === 0 ? null : 'bad_checkpoint');
  const signed = openCheckpoint(note, log.signer.publicKey);
  if (!signed.ok || signed.value.origin !== log.origin) return bad(0, 'bad_checkpoint');
  const { size, root } = signed.value;
  let tree = EMPTY_FRONTIER;
  let pruned = 0;
  for await (const page of canonicalPages(db, OUTBOX_TABLES, { start: 0, end: size })) {
    const leaves: Buffer[] = [];
    for (const record of page) {
      const leaf = readPrunedLeaf(record);
      if (leaf === null && !isInPlace(record, log, tree.size + leaves.length))
        return bad(tree.size + leaves.length, 'bad_record');
      if (leaf !== null) pruned += 1;
      leaves.push(leaf ?? leafHash(Buffer.from(record)));
    }
    tree = appendLeaves(tree, leaves);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  if (tree.size !== size) return bad(tree.size, 'records_missing');
  if (!rootOf(tree).equals(root)) return { records: size, pruned, problem: 'root_differs' };
  // What is not on record was not pruned: somebody took it away.
  const isTold = pruned === 0 || pruned <= (await countPrunedByRecord(db));
  return { records: size, pruned, problem: isTold ? null : 'bodies_missing' };
}

function bad(records: number, problem: VerifyProblem | null): Verified {
  return { records, pruned: 0, problem };
}

/** How many records of this epoch its own records say were pruned, that which waits for its place among them. */
async function countPrunedByRecord(db: Db): Promise<number> {
  const { rows } = await sql<{ records: number | null }>`
    select sum(json_extract(record, '$.unmapped.data.records')) as records from (
      select canonical as record from ${sql.table(OUTBOX_TABLES.records)} where kind = 'log.pruned'
      union all
      select head || '0' || tail from ${sql.table(OUTBOX_TABLES.intake)} where kind = 'log.pruned'
    )
  `.execute(db);
  return rows[0]?.records ?? 0;
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
