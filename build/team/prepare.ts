// Makes the team example ready to run in a folder of its own: keys and passwords once, a configuration for each replica.
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
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
  /** Of the login that makes logins in the database of the example's table. */
  readonly warehousePassword: string;
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
  const storePassword = await makePassword(path.join(secrets, 'store-password'));
  const warehousePassword = await makePassword(path.join(secrets, 'warehouse-password'));
  const example = path.join(folder, 'examples', 'team');
  const catalogFile = path.join(example, 'catalog.yaml');
  await settleCatalog(catalogFile, plan);
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
    catalogFile,
    policiesFolder: path.join(example, 'policies'),
    keysFolder,
    storePassword,
    warehousePassword,
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

/** Its table is on the same server as the broker's database. */
async function settleCatalog(file: string, { folder, database: { host, port } }: TeamPlan): Promise<void> {
  const catalog = parseDocument(await readFile(file, 'utf8'));
  const resources = catalog.get('resources');
  if (!isSeq(resources)) throw new Error(`${file} lists no resources`);
  for (const resource of resources.items) {
    if (!isMap(resource) || !resource.has('database')) continue;
    resource.setIn(['database', 'host'], host);
    resource.setIn(['database', 'port'], port);
    const password = `file:${path.join(folder, 'secrets', 'warehouse-password')}`;
    resource.setIn(['database', 'admin', 'password'], password);
  }
  await writeFile(file, catalog.toString(), { mode: 0o600 });
}

function localUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

async function makePassword(file: string): Promise<string> {
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
  return password;
}
