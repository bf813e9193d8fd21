// Opens the database that the configuration names, with every table in it.
import { openPostgres } from '#shared/store/postgres.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Config } from '#shared/contracts/config.ts';
import type { LoadedConfig } from './config/load-config.ts';
import type { Secrets } from './config/secrets.ts';
import { brokerMigrations } from './migrations.ts';
import type { BrokerStore, Tables } from './store.ts';

/** Throws a StoreError, or a SecretError when the database's password cannot be read. */
export async function openStore(
  { store, config }: LoadedConfig,
  secrets: Secrets,
  onTrouble: (error: unknown, where: string) => void,
): Promise<BrokerStore> {
  if (store.kind === 'sqlite')
    return await openSqlite<Tables>({ path: store.path, migrations: brokerMigrations, soleOwner: true });
  const password = await passwordOf(config, secrets);
  return await openPostgres<Tables>({
    url: store.url,
    ...(password === null ? {} : { password }),
    migrations: brokerMigrations,
    onTrouble: (error) => onTrouble(error, 'store'),
  });
}

async function passwordOf(config: Config, secrets: Secrets): Promise<string | null> {
  if (config.mode !== 'standalone' || config.storePassword === undefined) return null;
  return await secrets.read(config.storePassword);
}
