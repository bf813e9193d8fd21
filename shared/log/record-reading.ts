// Reads sequenced records: filtered for who may see them, in whole for an export.
import { type RawBuilder, sql } from 'kysely';
import type { LogLine } from '../audit/export.ts';
import type { LogRecord, RecordFilter } from './log.ts';
import type { Db } from './log-store.ts';
import type { LogTables, RecordRow } from './log-tables.ts';
import { toBuffer, toLogRecord, toWholeNumber } from './row-reading.ts';

const MAX_RECORDS = 1000;

/** In order of sequence, or the reverse; at most `limit`, and never more than 1,000. */
export async function findRecords(db: Db, tables: LogTables, filter: RecordFilter): Promise<readonly LogRecord[]> {
  const limit = Math.min(filter.limit, MAX_RECORDS);
  if (!Number.isSafeInteger(limit) || limit < 1 || filter.kinds?.length === 0) return [];
  const order = filter.newestFirst === true ? sql`desc` : sql`asc`;
  const { rows } = await sql<RecordRow>`
    select sequence, canonical, kind, at_ms, actor, subject, resource, request_id, grant_id
    from ${sql.table(tables.records)} where ${sql.join(conditions(filter), sql` and `)}
    order by sequence ${order} limit ${limit}
  `.execute(db);
  return rows.map(toLogRecord);
}

function conditions(filter: RecordFilter): readonly RawBuilder<unknown>[] {
  // A pruned record has nothing to say any more; its place is in every proof and export.
  const wanted = [sql`sequence > ${filter.afterSequence ?? -1}`, sql`kind != 'pruned'`];
  if (filter.beforeSequence !== undefined) wanted.push(sql`sequence < ${filter.beforeSequence}`);
  if (filter.subject !== undefined) wanted.push(sql`subject = ${filter.subject}`);
  if (filter.resource !== undefined) wanted.push(sql`resource = ${filter.resource}`);
  if (filter.grantId !== undefined) wanted.push(sql`grant_id = ${filter.grantId}`);
  if (filter.kinds !== undefined) wanted.push(sql`kind in (${sql.join(filter.kinds)})`);
  return wanted;
}

/** How many records after this one are without their bodies. An index of those makes it cheap where there are none. */
export async function countPruned(db: Db, tables: LogTables, afterSequence: number): Promise<number> {
  const { rows } = await sql<{ count: number | string }>`
    select count(*) as count from ${sql.table(tables.records)} where kind = 'pruned' and sequence > ${afterSequence}
  `.execute(db);
  return toWholeNumber(rows[0]?.count ?? 0);
}

/** The records from `start` up to, not including, `end` as canonical JSON, in pages. */
export async function* canonicalPages(
  db: Db,
  tables: LogTables,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<readonly string[]> {
  for (let first = start; first < end; first += MAX_RECORDS) {
    const { rows } = await sql<{ canonical: string }>`
      select canonical from ${sql.table(tables.records)}
      where sequence >= ${first} and sequence < ${Math.min(first + MAX_RECORDS, end)} order by sequence
    `.execute(db);
    yield rows.map((row) => row.canonical);
  }
}

/** The same with the stored leaf hashes: of a record that was changed in the database, the export can say so. */
export async function* exportPages(
  db: Db,
  tables: LogTables,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncGenerator<readonly LogLine[]> {
  for (let first = start; first < end; first += MAX_RECORDS) {
    const { rows } = await sql<{ canonical: string; leaf_hash: Uint8Array }>`
      select canonical, leaf_hash from ${sql.table(tables.records)}
      where sequence >= ${first} and sequence < ${Math.min(first + MAX_RECORDS, end)} order by sequence
    `.execute(db);
    yield rows.map((row) => ({ text: row.canonical, leaf: toBuffer(row.leaf_hash) }));
  }
}
