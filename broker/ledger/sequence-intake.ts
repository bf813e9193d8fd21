// One step of the sequencer: gives waiting events their places, grows the tree, signs the new checkpoint.
// All of it is one transaction: either the log has the records under a checkpoint, or they still wait.
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import type { LogSigner } from '#shared/audit/log-key.ts';
import { appendLeaves, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { placeRecord } from '#shared/audit/record.ts';
import type { Tx } from '#broker/store.ts';
import { bulkInsert, type Row } from './bulk-insert.ts';
import { INDEX_COLUMNS, takeIntake } from './intake.ts';
import { LedgerError } from './ledger-error.ts';
import { type Head, LEDGER_STATE_ID } from './head.ts';
import { subtreeCollector } from './tree-reading.ts';

export const MAX_RECORDS_A_STEP = 1024;

const insertRecords = bulkInsert('ledger_records', [...INDEX_COLUMNS, 'sequence', 'leaf_hash', 'canonical']);
const insertSubtrees = bulkInsert('ledger_subtrees', ['level', 'position', 'hash']);

export type Step = { readonly head: Head; readonly sequenced: number };

export async function sequenceIntake(tx: Tx, head: Head, origin: string, signer: LogSigner): Promise<Step> {
  const taken = await takeIntake(tx, MAX_RECORDS_A_STEP);
  if (taken.length === 0) return { head, sequenced: 0 };
  const leaves: Buffer[] = [];
  const records = taken.map((event, index): Row => {
    const sequence = head.frontier.size + index;
    const canonical = placeRecord(event, sequence);
    const leaf = leafHash(Buffer.from(canonical));
    leaves.push(leaf);
    return [...event.index, sequence, leaf, canonical];
  });
  const subtrees: Row[] = [];
  const frontier = appendLeaves(head.frontier, leaves, subtreeCollector(subtrees));
  const checkpoint = signCheckpoint({ origin, size: frontier.size, root: rootOf(frontier) }, signer);
  await insertRecords(tx, records);
  await insertSubtrees(tx, subtrees);
  await moveState(tx, head.frontier.size, frontier.size, checkpoint);
  return { head: { frontier, checkpoint }, sequenced: taken.length };
}

/** Compare and set: a second writer of the same log would fork it. */
async function moveState(tx: Tx, fromSize: number, size: number, checkpoint: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('ledger_state')
    .set({ size, checkpoint })
    .where('id', '=', LEDGER_STATE_ID)
    .where('size', '=', fromSize)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new LedgerError('another_writer', 'another process writes to this log');
}
