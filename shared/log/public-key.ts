// Keeps the log's public key beside the log: whoever exports it from the database alone has nothing else to give out.
import { sql } from 'kysely';
import type { LogPublicKey } from '../audit/log-key.ts';
import type { Db, LogStore } from './log-store.ts';
import type { LogTables } from './log-tables.ts';

type Row = { readonly public_key?: string | null };

/** PEM of the key that the state names; null in a database that no version opened which keeps it. */
export async function readPublicKeyPem(db: Db, tables: LogTables): Promise<string | null> {
  // All columns: an older database, which is only looked at, does not have this one.
  const { rows } = await sql<Row>`select * from ${sql.table(tables.state)} where id = ${tables.id}`.execute(db);
  return rows[0]?.public_key ?? null;
}

/** Writes only where it is another one than is stored: once in the life of a key. */
export async function keepPublicKey<Tx extends Db>(
  store: LogStore<Tx>,
  tables: LogTables,
  { pem, fingerprint }: LogPublicKey,
): Promise<void> {
  if ((await readPublicKeyPem(store.read, tables)) === pem) return;
  const keep = sql`
    update ${sql.table(tables.state)} set public_key = ${pem}
    where id = ${tables.id} and key_fingerprint = ${fingerprint}
  `;
  await store.transaction(async (tx) => await keep.execute(tx), { isolation: 'read committed' });
}
