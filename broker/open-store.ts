// Opens the database that the configuration names, with every table in it.
import { openSqlite } from '#shared/store/sqlite.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Secrets } from './config/secrets.ts';
import { brokerMigrations } from './migrations.ts';
import type { BrokerStore, Tables } from './store.ts';

/** Throws a StoreError, or a SecretError when the database's password cannot be read. */
export async function openStore(
  { store }: LoadedConfig,
  _secrets: Secrets,
  _onTrouble: (error: unknown, where: string) => void,
): Promise<BrokerStore> {
  if (store.kind === 'postgres') throw new Error('PostgreSQL is not wired yet');
  return await openSqlite<Tables>({ path: store.path, migrations: brokerMigrations, soleOwner: true });
}
