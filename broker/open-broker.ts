// A broker from its files: configuration, keys, store and the system's clock. What every real start goes through.
import { mkdir } from 'node:fs/promises';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import { createSystemClock } from './clock.ts';
import { createFirstKeys } from './config/create-first-keys.ts';
import { loadConfig, type LoadedConfig } from './config/load-config.ts';
import type { ConfigProblem } from './config/problem.ts';
import { readKeys } from './config/read-keys.ts';
import { createSecrets } from './config/secrets.ts';
import { createBroker, type Broker, type BrokerOptions } from './create-broker.ts';
import { environment } from './config/environment.ts';
import { brokerMigrations } from './migrations.ts';
import type { BrokerStore, Tables } from './store.ts';

export type BrokerFiles = {
  readonly configFile: string;
  /** Where the store and the keys are. */
  readonly dataFolder: string;
  /** Make the keys at the very first start, instead of refusing to start without them. */
  readonly createKeys?: boolean;
  readonly onTrouble: BrokerOptions['onTrouble'];
};

/** Opens the broker that a configuration file describes. Refuses with every problem of configuration, catalog or policies. */
export async function openBroker({
  configFile,
  dataFolder,
  createKeys = false,
  onTrouble,
}: BrokerFiles): Promise<Result<Broker, readonly ConfigProblem[]>> {
  const loaded = await loadConfig(configFile, dataFolder);
  if (!loaded.ok) return loaded;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  if (createKeys) await createFirstKeys(loaded.value);
  const secrets = createSecrets({ folder: loaded.value.dataFolder, env: environment });
  const keys = await readKeys(loaded.value.config.keys, secrets);
  const store = await openStore(loaded.value);
  const broker = await createBroker({
    loaded: loaded.value,
    store,
    clock: createSystemClock(),
    keys,
    secret: secrets.read,
    onTrouble,
  });
  return broker.ok ? ok(broker.value) : err(broker.error.problems);
}

async function openStore({ store }: LoadedConfig): Promise<BrokerStore> {
  if (store.kind === 'postgres') throw new Error('PostgreSQL is not wired yet');
  return await openSqlite<Tables>({ path: store.path, migrations: brokerMigrations, soleOwner: true });
}
