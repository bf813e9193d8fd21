// A whole team on this machine: a real OpenID provider, a real PostgreSQL, and replicas of the broker that are real
// processes. Nothing of it outlives its disposal.
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Document } from 'yaml';
import { createSystemClock } from '#broker/clock.ts';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey, type DeviceKey } from '#shared/device/device-proof.ts';
import { startPostgres, type TestPostgres } from '#test/support/postgres.ts';
import { compiledOf, MADE_BROKER } from '../../../build/app/made-for-specs.ts';
import { prepareTeam, type TeamFiles } from '../../../build/team/prepare.ts';
import type { Account } from '../oidc/accounts.ts';
import { startProvider, type ProviderOptions, type TestProvider } from '../oidc/provider.ts';
import { createReplica, type Replica } from './replica.ts';
import { createWarehouse } from './warehouse.ts';

export type TeamOptions = {
  /** Default: 2. */
  readonly replicas?: number;
  /** Changes the configuration of all replicas before they read it. */
  readonly edit?: (config: Document) => void;
  readonly provider?: Partial<ProviderOptions>;
  /** PostgreSQL waits for the disk, as in real life. */
  readonly durable?: boolean;
  /** Where everything lies; a temporary folder by default, which goes with the team. */
  readonly folder?: string;
  /** The replicas are started unless this is false. */
  readonly start?: boolean;
  /** Replicas will be started again and again: what Node compiles for them is kept, which saves a third of a start. */
  readonly manyStarts?: boolean;
};

export type Team = AsyncDisposable & {
  readonly provider: TestProvider;
  readonly postgres: TestPostgres;
  /** Of the broker's own database, as its owner. */
  readonly storeUrl: string;
  readonly files: TeamFiles;
  readonly replicas: readonly [Replica, ...Replica[]];
  /** The account's client at a replica (default: the first), on a device that is the same at all and is enrolled. */
  readonly client: (account: Account, replica?: Replica) => Promise<BrokerClient>;
  /** A call with this account's token, as any HTTP client makes it. */
  readonly fetchAs: (account: Account, request: Request) => Promise<Response>;
  /** The seed of the ledger's key, to check its checkpoints from outside. */
  readonly ledgerSeed: () => Promise<Uint8Array>;
};

const AUDIENCE = 'https://daypass.example';
const DATABASE = { name: 'daypass', user: 'daypass' } as const;
const BROKER = path.resolve(import.meta.dirname, '..', '..', '..', 'build', 'broker.ts');

/** Resolves when every replica serves. */
export async function openTeam(options: TeamOptions = {}): Promise<Team> {
  await using opened = new AsyncDisposableStack();
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'daypass-team-')));
  if (options.folder === undefined) opened.defer(async () => await rm(folder, { recursive: true, force: true }));
  const provider = opened.use(await startProvider({ audience: AUDIENCE, ...options.provider }));
  const postgres = await startPostgres({ durable: options.durable ?? false });
  opened.defer(async () => await postgres.close());
  const { host, port } = postgres;
  const files = await prepareTeam({
    folder,
    replicas: options.replicas ?? 2,
    provider,
    database: { host, port, ...DATABASE },
    edit: options.edit,
  });
  await createDatabase(postgres, files);
  await createWarehouse(postgres, files.warehousePassword);
  const { program, env } = brokerFor(folder, options.manyStarts ?? false);
  const [first, ...others] = files.replicas.map((replica) =>
    createReplica({ ...replica, env, command: [program, '--config', replica.configFile] }),
  );
  if (first === undefined) throw new RangeError('a team has at least one replica');
  const replicas = [first, ...others] as const;
  for (const replica of replicas) opened.defer(async () => await replica.kill());
  if (options.start !== false) await Promise.all(replicas.map(async (replica) => await replica.start()));
  const tokens = createTokens(provider);
  const all = opened.move();
  return {
    provider,
    postgres,
    storeUrl: `postgres://${DATABASE.user}:${files.storePassword}@${host}:${port}/${DATABASE.name}`,
    files,
    replicas,
    client: createClients(tokens, first),
    fetchAs: async (account, request) => await fetch(await withToken(tokens, account, request)),
    ledgerSeed: async () =>
      Buffer.from((await readFile(path.join(files.keysFolder, 'ledger.key'), 'utf8')).trim(), 'base64url'),
    [Symbol.asyncDispose]: async () => await all.disposeAsync(),
  };
}

type Program = { readonly program: string; readonly env: Readonly<Record<string, string>> };

/** In a run of all specs the bundle that the run made, else the sources. */
function brokerFor(folder: string, manyStarts: boolean): Program {
  const program = process.env[MADE_BROKER];
  if (program !== undefined) return { program, env: { NODE_COMPILE_CACHE: compiledOf(program) } };
  return { program: BROKER, env: manyStarts ? compileOnce(folder) : {} };
}

/** Only a process that ends by itself keeps what it compiled: one that says how it is called does. */
function compileOnce(folder: string): Readonly<Record<string, string>> {
  const env = { NODE_COMPILE_CACHE: path.join(folder, 'compiled') };
  spawnSync(process.execPath, [BROKER], { env: { ...process.env, ...env }, stdio: 'ignore' });
  return env;
}

async function createDatabase(postgres: TestPostgres, { storePassword }: TeamFiles): Promise<void> {
  await postgres.query(`create role ${DATABASE.user} login password '${storePassword}'`);
  await postgres.query(`create database ${DATABASE.name} owner ${DATABASE.user}`);
  // A login for the example's table has no business here.
  await postgres.query(`revoke connect on database ${DATABASE.name} from public`);
}

type Tokens = (account: Account) => Promise<string>;

/** One token an account, made anew before it ends, so that long runs go on. */
function createTokens(provider: TestProvider): Tokens {
  const kept = new Map<string, { readonly token: string; readonly untilMs: number }>();
  return async (account) => {
    const known = kept.get(account.login);
    if (known !== undefined && known.untilMs > Date.now()) return known.token;
    const token = await provider.tokenFor(account);
    kept.set(account.login, { token, untilMs: Date.now() + 60_000 });
    return token;
  };
}

async function withToken(tokens: Tokens, account: Account, request: Request): Promise<Request> {
  request.headers.set('authorization', `Bearer ${await tokens(account)}`);
  return request;
}

function createClients(tokens: Tokens, first: Replica): Team['client'] {
  const clock = createSystemClock();
  const devices = new Map<string, Promise<DeviceKey>>();
  const clients = new Map<string, Promise<BrokerClient>>();
  const connect = async (account: Account, replica: Replica): Promise<BrokerClient> => {
    const device = devices.get(account.login) ?? createDeviceKey();
    devices.set(account.login, device);
    const client = createBrokerClient({
      fetch: async (request) => await fetch(await withToken(tokens, account, request)),
      baseUrl: replica.url,
      deviceKey: await device,
      clock,
    });
    const enrolled = await client.enrolDevice();
    if (!enrolled.ok) throw new Error(`${account.login} cannot enrol: ${JSON.stringify(enrolled.error)}`);
    return client;
  };
  return async (account, replica = first) => {
    const name = `${account.login} ${replica.name}`;
    const known = clients.get(name) ?? connect(account, replica);
    clients.set(name, known);
    // A replica that was down at that moment is asked again.
    known.catch(() => clients.delete(name));
    return await known;
  };
}
