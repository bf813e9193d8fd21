// Multi-row inserts whose SQL is built once: a log's hot path has no time for building queries.
import { CompiledQuery, sql } from 'kysely';
import type { Db } from './log-store.ts';

export type Row = readonly unknown[];
export type BulkInsert = (tx: Db, rows: readonly Row[]) => Promise<void>;

/** Few sizes, so that few statements stay prepared; at most 64 × 11 parameters. */
const CHUNK_ROWS = [64, 8, 3, 2, 1] as const;

/** Rows must have their values in the order of `columns`. */
export function bulkInsert(table: string, columns: readonly string[]): BulkInsert {
  const built = new Map<number, string>();
  const statement = (tx: Db, rowCount: number): string => {
    const known = built.get(rowCount);
    if (known !== undefined) return known;
    const row = sql`(${sql.join(columns.map(() => sql`${null}`))})`;
    const rows = sql.join(Array.from({ length: rowCount }, () => row));
    const text = sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))}) values ${rows}`;
    const compiled = text.compile(tx).sql;
    built.set(rowCount, compiled);
    return compiled;
  };
  return async (tx, rows) => {
    let at = 0;
    const inserts: Promise<unknown>[] = [];
    for (const size of CHUNK_ROWS) {
      for (; rows.length - at >= size; at += size) {
        const values = rows.slice(at, at + size).flat();
        inserts.push(tx.executeQuery(CompiledQuery.raw(statement(tx, size), values)));
      }
    }
    await Promise.all(inserts);
  };
}
