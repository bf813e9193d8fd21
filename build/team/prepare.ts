// Makes the team example ready to run in a folder of its own: keys and passwords once, a configuration for each replica.
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { createKeys, KEY_FILES } from '#broker/config/create-keys.ts';
import { freePort } from '../solo/prepare.ts';

const EXAMPLES = path.resolve(import.meta.dirname, '..', '..', 'examples');

export type TeamPlan = {
  /** Gets a copy of the example, the keys and the passwords. */
  readonly folder: string;
  readonly replicas: number;
  readonly provider: { readonly issuer: string; readonly audience: string };
  readonly database: { readonly host: string; readonly port: number; readonly name: string; readonly user: string };
  /** Changes the configuration that all replicas have. */
  readonly edit?: ((config: Document) => void) | undefined;
};

export type ReplicaFiles = {
  readonly name: string;
  readonly configFile: string;
  readonly url: string;
  readonly gatewayUrl: string;
};

export type TeamFiles = {
  readonly folder: string;
  readonly catalogFile: string;
  readonly policiesFolder: string;
  readonly keysFolder: string;
  /** Of the broker's own database. */
  readonly storePassword: string;
  readonly replicas: readonly [ReplicaFiles, ...ReplicaFiles[]];
};

/** All files are 0600 in folders that nobody else enters; ports are free ones. Refuses less than one replica. */
export async function prepareTeam(plan: TeamPlan): Promise<TeamFiles> {
  const { folder } = plan;
  const keysFolder = path.join(folder, 'keys');
  const secrets = path.join(folder, 'secrets');
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  for (const name of ['solo', 'team'])
    await cp(path.join(EXAMPLES, name), path.join(folder, 'examples', name), { recursive: true });
  await createKeys(keysFolder);
  const storePassword = randomBytes(24).toString('base64url');
  await writeSecret(path.join(secrets, 'store-password'), storePassword);
  const example = path.join(folder, 'examples', 'team');
  const text = await readFile(path.join(example, 'daypass.yaml'), 'utf8');
  const replicas: ReplicaFiles[] = [];
  for (let number = 1; number <= plan.replicas; number += 1) {
    const ports = { listen: await freePort(), gateway: await freePort() };
    const config = parseDocument(text);
    settle(config, plan, ports);
    const name = `replica-${number}`;
    const configFile = path.join(example, `${name}.yaml`);
    await writeFile(configFile, config.toString(), { mode: 0o600 });
    replicas.push({ name, configFile, url: localUrl(ports.listen), gatewayUrl: localUrl(ports.gateway) });
  }
  const [first, ...others] = replicas;
  if (first === undefined) throw new RangeError('a team has at least one replica');
  return {
    folder,
    catalogFile: path.join(example, 'catalog.yaml'),
    policiesFolder: path.join(example, 'policies'),
    keysFolder,
    storePassword,
    replicas: [first, ...others],
  };
}

type Ports = { readonly listen: number; readonly gateway: number };

/** Puts what is true of this machine where the example has its own addresses. */
function settle(config: Document, { folder, provider, database, edit }: TeamPlan, ports: Ports): void {
  config.setIn(['listen', 'port'], ports.listen);
  config.setIn(['gateway', 'port'], ports.gateway);
  const { user, host, port, name } = database;
  config.setIn(['store'], `postgres://${user}@${host}:${port}/${name}`);
  config.setIn(['storePassword'], `file:${path.join(folder, 'secrets', 'store-password')}`);
  for (const [key, file] of Object.entries(KEY_FILES))
    config.setIn(['keys', key], `file:${path.join(folder, 'keys', file)}`);
  config.setIn(['identity', 'oidc', 'issuer'], provider.issuer);
  config.setIn(['identity', 'oidc', 'audience'], provider.audience);
  edit?.(config);
}

function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function writeSecret(file: string, secret: string): Promise<void> {
  await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
}
