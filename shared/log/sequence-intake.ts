// One step of the sequencer: gives waiting events their places, grows the tree, signs the new checkpoint.
// All of it is one transaction: either the log has the records under a checkpoint, or they still wait.
import { sql } from 'kysely';
import { signCheckpoint } from '../audit/checkpoint.ts';
import type { LogSigner } from '../audit/log-key.ts';
import { appendLeaves, leafHash, rootOf } from '../audit/merkle.ts';
import { placeRecord } from '../audit/record.ts';
import { bulkInsert, type Row } from './bulk-insert.ts';
import type { Head } from './head.ts';
import { type Taken, takeIntake } from './intake.ts';
import { LogError } from './log-error.ts';
import type { Db } from './log-store.ts';
import { INDEX_COLUMNS, type LogTables } from './log-tables.ts';
import { subtreeCollector } from './tree-reading.ts';

export const MAX_RECORDS_A_STEP = 1024;

export type Step = { readonly head: Head; readonly sequenced: number };
export type SequenceIntake = (tx: Db, head: Head) => Promise<Step>;

export type SequencedLog = {
  readonly tables: LogTables;
  readonly origin: string;
  readonly signer: LogSigner;
  /** May write an event anew that waited under another name of the log. */
  readonly admit?: (event: Taken) => Taken;
};

/** `tell` is called in each step's transaction. */
export function intakeSequencer(
  { tables, origin, signer, admit = (event) => event }: SequencedLog,
  tell: (tx: Db) => Promise<void>,
): SequenceIntake {
  const insertRecords = bulkInsert(tables.records, [...INDEX_COLUMNS, 'sequence', 'leaf_hash', 'canonical']);
  const insertSubtrees = bulkInsert(tables.subtrees, ['level', 'position', 'hash']);
  return async (tx, head) => {
    const taken = await takeIntake(tx, tables, MAX_RECORDS_A_STEP);
    if (taken.length === 0) return { head, sequenced: 0 };
    const leaves: Buffer[] = [];
    const records = taken.map((event, index): Row => {
      const sequence = head.frontier.size + index;
      const canonical = placeRecord(admit(event), sequence);
      const leaf = leafHash(Buffer.from(canonical));
      leaves.push(leaf);
      return [...event.index, sequence, leaf, canonical];
    });
    const subtrees: Row[] = [];
    const frontier = appendLeaves(head.frontier, leaves, subtreeCollector(subtrees));
    const checkpoint = signCheckpoint({ origin, size: frontier.size, root: rootOf(frontier) }, signer);
    const { fingerprint } = signer.publicKey;
    await Promise.all([
      insertRecords(tx, records),
      insertSubtrees(tx, subtrees),
      moveState(tx, tables, { from: head.frontier.size, to: frontier.size, origin, fingerprint, checkpoint }),
      tell(tx),
    ]);
    return { head: { frontier, checkpoint }, sequenced: taken.length };
  };
}

type Move = {
  readonly from: number;
  readonly to: number;
  readonly origin: string;
  readonly fingerprint: string;
  readonly checkpoint: string;
};

/** Compare and set: a second writer of the same log would fork it, and so would one whose key was retired. */
async function moveState(tx: Db, tables: LogTables, move: Move): Promise<void> {
  const { from, to, origin, fingerprint, checkpoint } = move;
  const { numAffectedRows } = await sql`
    update ${sql.table(tables.state)} set size = ${to}, checkpoint = ${checkpoint}
    where id = ${tables.id} and size = ${from} and origin = ${origin} and key_fingerprint = ${fingerprint}
  `.execute(tx);
  if (numAffectedRows !== 1n) throw new LogError('another_writer', 'another process writes to this log');
}
