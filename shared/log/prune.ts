// Prunes the bodies of old records: the text and what it was found by go, the leaf hash stays, so that every proof and
// every checkpoint holds as before. The newest records are never pruned: each start reads those whole.
import { type RawBuilder, sql } from 'kysely';
import type { AuditKind } from '../domain/audit-event.ts';
import type { EpochMs } from '../domain/time.ts';
import type { Db } from './log-store.ts';
import type { LogTables } from './log-tables.ts';
import { CHECKED_RECORDS } from './open-state.ts';
import { toBuffer, toWholeNumber } from './row-reading.ts';

/** What a pruned row says in place of its kind. */
export const PRUNED_KIND = 'pruned';

/** Without these the log could not be read any more, or nobody would know what is missing from it. */
export const KEPT_KINDS: readonly AuditKind[] = [
  'audit.epoch_opened',
  'audit.forked',
  'audit.pruned',
  'epoch.opened',
  'hold.placed',
  'hold.released',
  'ledger.epoch_opened',
  'ledger.key_rotated',
  'log.key_handed_over',
  'log.key_kept',
  'log.key_taken_over',
  'log.pruned',
  'log.records_lost',
  'records.pruned',
  'subject.erased',
  'words.pruned',
];

export type Pruning = {
  /** Records that happened before this. */
  readonly beforeMs: EpochMs;
  /** And that stand before this one. */
  readonly belowSequence: number;
  /** The size of the log. */
  readonly size: number;
  readonly limit: number;
  /** Of the rows that would go, those that stay. */
  readonly keep: RawBuilder<boolean>;
};

/** A record as it was before its body went. */
export type PrunedBody = { readonly sequence: number; readonly canonical: string };

export type Pruned = {
  readonly records: number;
  readonly lastSequence: number;
  readonly bodies: readonly PrunedBody[];
};

const PRUNED_START = '{"leaf":';

/** What stands in the place of a pruned record, in a log and in its exports. */
export function prunedLine(leaf: Uint8Array): string {
  return `${PRUNED_START}"${toBuffer(leaf).toString('base64')}"}`;
}

/** Whether a stored line is what pruning left. A record of ours begins otherwise. */
export function isPrunedLine(canonical: string): boolean {
  return canonical.startsWith(PRUNED_START);
}

/** The same in SQL, of a column of that name. */
export function isPrunedColumn(column: string): RawBuilder<boolean> {
  return sql<boolean>`substr(${sql.ref(column)}, 1, ${sql.lit(PRUNED_START.length)}) = ${PRUNED_START}`;
}

type Which = Omit<Pruning, 'limit'>;

/** One condition for both: what is told beforehand is what goes. */
function prunable({ beforeMs, belowSequence, size, keep }: Which): RawBuilder<boolean> {
  return sql<boolean>`
    sequence < ${Math.min(belowSequence, size - CHECKED_RECORDS)} and at_ms < ${beforeMs}
    and kind not in (${sql.join([PRUNED_KIND, ...KEPT_KINDS])}) and not (${keep})
  `;
}

/** How many would go, by kind. */
export async function countPrunable(
  db: Db,
  { records }: LogTables,
  which: Which,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ kind: string; count: number | string }>`
    select kind, count(*) as count from ${sql.table(records)} where ${prunable(which)} group by kind order by kind
  `.execute(db);
  return new Map(rows.map(({ kind, count }) => [kind, toWholeNumber(count)]));
}

/** Prunes the oldest in the caller's transaction, with whose record. Null: there is nothing to prune. */
export async function pruneRecords(tx: Db, { records }: LogTables, pruning: Pruning): Promise<Pruned | null> {
  const table = sql.table(records);
  const { rows } = await sql<{ sequence: number | string; leaf_hash: Uint8Array; canonical: string }>`
    select sequence, leaf_hash, canonical from ${table}
    where ${prunable(pruning)}
    order by sequence limit ${pruning.limit}
  `.execute(tx);
  for (const { sequence, leaf_hash: leaf } of rows) {
    await sql`
      update ${table} set canonical = ${prunedLine(leaf)}, kind = ${PRUNED_KIND}, actor = '', subject = null, resource = null,
        request_id = null, grant_id = null
      where sequence = ${sequence}
    `.execute(tx);
  }
  const bodies = rows.map(({ sequence, canonical }) => ({ sequence: toWholeNumber(sequence), canonical }));
  const last = bodies.at(-1);
  return last === undefined ? null : { records: bodies.length, lastSequence: last.sequence, bodies };
}
