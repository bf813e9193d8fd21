// Opens an existing database to look at, and nothing else: no migration, no lock, no write. For tools beside the broker.
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { openConnections } from './postgres-connections.ts';
import { kyselyDatabase } from './sqlite-database.ts';
import { StoreError } from './store-error.ts';

export type ReadOnlyPlace =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly password?: string };

/** Its tables are what whoever asks believes: the program that wrote it may be another version. `destroy` closes it. */
export function openReadOnly<DB>(place: ReadOnlyPlace): Kysely<DB> {
  if (place.kind === 'sqlite') {
    if (!existsSync(place.path)) throw new StoreError('cannot_open', `there is no database at ${place.path}`);
    const database = kyselyDatabase(new DatabaseSync(place.path, { readOnly: true }));
    return new Kysely<DB>({ dialect: new SqliteDialect({ database }) });
  }
  const { url, password } = place;
  const address = { url, ...(password === undefined ? {} : { password }) };
  const pool = openConnections(address, { most: 1, readOnly: true, onLost: () => undefined });
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
}
