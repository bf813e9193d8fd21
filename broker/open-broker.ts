// A broker from its files: configuration, keys, store and the system's clock. What every real start goes through.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { createSystemClock } from './clock.ts';
import { createFirstKeys } from './config/create-first-keys.ts';
import { environment } from './config/environment.ts';
import { loadConfig, type LoadedConfig } from './config/load-config.ts';
import type { ConfigProblem } from './config/problem.ts';
import { readKeys, readPreviousKeys } from './config/read-keys.ts';
import { createSecrets, type Secrets } from './config/secrets.ts';
import type { Broker, BrokerOptions } from './broker.ts';
import { createBroker } from './create-broker.ts';
import { openStore } from './open-store.ts';

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
  const broker = await openLoaded(loaded.value, secretsOf(loaded.value), { onTrouble });
  return broker.ok ? broker : err(broker.error);
}

/** What the configuration names as secrets, from files, the environment or the data folder. */
export function secretsOf(loaded: LoadedConfig): Secrets {
  return createSecrets({ folder: loaded.dataFolder, env: environment });
}

type Wiring = Pick<BrokerOptions, 'onTrouble' | 'publicUrl' | 'gateway' | 'onCall' | 'listenerMetrics' | 'restored'>;

/** The same from a configuration that was read already; `wiring` is what the one who starts it adds. */
export async function openLoaded(
  loaded: LoadedConfig,
  secrets: Secrets,
  wiring: Wiring,
): Promise<Result<Broker, readonly ConfigProblem[]>> {
  const { keys: references } = loaded.config;
  const keys = await readKeys(references, secrets);
  const previousLedgerKeys = await readPreviousKeys(references.previousLedger, keys, secrets);
  const store = await openStore(loaded, secrets, wiring.onTrouble);
  const broker = await createBroker({
    ...wiring,
    witnessFile: join(loaded.dataFolder, 'ledger-witness'),
    erasedFile: join(loaded.dataFolder, 'erased-subjects'),
    loaded,
    store,
    clock: createSystemClock(),
    keys,
    previousLedgerKeys,
    secret: secrets.read,
  });
  return broker.ok ? ok(broker.value) : err(broker.error.problems);
}
