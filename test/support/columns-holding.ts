// Which columns of a database hold a text, found by reading all of them.
import { sql } from 'kysely';
import { formsOfText, holdsText } from './scan-bytes.ts';

type Reader = Parameters<ReturnType<typeof sql>['execute']>[0];

/** `table.column` of each, sorted. */
export async function columnsHolding(
  db: Reader,
  text: string,
  dialect: 'sqlite' | 'postgres',
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { table, column } of await columnsOf(db, dialect)) {
    const { rows } = await sql<{ one: number }>`
      select 1 as one from ${sql.table(table)}
      where cast(${sql.ref(column)} as text) like ${`%${text}%`} limit 1
    `.execute(db);
    if (rows.length > 0) found.push(`${table}.${column}`);
  }
  return found.toSorted();
}

/** Which tables of PostgreSQL hold any form of the text, bytes among them: all that a dump of it would bring out. */
export async function dumpHolding(db: Reader, text: string): Promise<readonly string[]> {
  const forms = formsOfText(text);
  const tables = new Set((await columnsOf(db, 'postgres')).map(({ table }) => table));
  const found: string[] = [];
  for (const table of tables) {
    // As the dump writes them: bytes in hex.
    const { rows } = await sql<{
      row: string;
    }>`select ${sql.table(table)}::text as row from ${sql.table(table)}`.execute(db);
    if (rows.some(({ row }) => holdsText(Buffer.from(row), forms))) found.push(table);
  }
  return found.toSorted();
}

async function columnsOf(db: Reader, dialect: 'sqlite' | 'postgres') {
  const query =
    dialect === 'sqlite'
      ? sql<{ table: string; column: string }>`
          select m.name as "table", p.name as "column" from sqlite_master m, pragma_table_info(m.name) p
          where m.type = 'table'`
      : sql<{ table: string; column: string }>`
          select table_name as "table", column_name as "column" from information_schema.columns
          where table_schema = 'public'`;
  return (await query.execute(db)).rows;
}
