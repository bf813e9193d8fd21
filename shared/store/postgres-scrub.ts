// Writes tables of PostgreSQL anew, with their indexes, so that their files hold nothing of what was deleted.
import { openConnection, type PostgresAddress } from './postgres-connections.ts';
import { toPostgresError } from './postgres-error.ts';

const LOCK_MS = 60_000;

/** Each table is locked for the time that copying it takes. A plain vacuum would leave the bytes in the pages. */
export async function rewriteTables(address: PostgresAddress, tables: readonly string[]): Promise<void> {
  const client = await openConnection(address, { statement_timeout: 0, query_timeout: 0, lock_timeout: LOCK_MS });
  try {
    for (const table of tables) await client.query(`vacuum (full) ${client.escapeIdentifier(table)}`);
  } catch (error) {
    throw toPostgresError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
