// Connections to PostgreSQL: their settings, and pools whose every error is a StoreError. A connection that broke is
// thrown away, so that the next call makes a new one. The password is nowhere but in what `pg` is given.
import { Client, Pool, type PoolClient, type PoolConfig } from 'pg';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import { gatheringSocket } from './gathering-socket.ts';
import { isLostConnection, toCommitError, toPostgresError } from './postgres-error.ts';
import { nameStatements } from './postgres-statements.ts';
import { parsePostgresValue } from './postgres-values.ts';
import { StoreError } from './store-error.ts';

export type PostgresAddress = {
  /** `postgres://user@host:port/database?sslmode=verify-full&sslrootcert=FILE`, with a password or without. */
  readonly url: string;
  /** Takes the place of the URL's. */
  readonly password?: string;
};

/** A database that hangs is an error within these times; they also bound how long a dead program holds a lock. */
const CONNECT_MS = 5000;
const LOCK_MS = 3000;
const STATEMENT_MS = 5000;
const IDLE_IN_TRANSACTION_MS = 5000;
/** Longer than the server's own limit: for a server, or a network, that says nothing at all. */
const SILENCE_MS = 6000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/** Throws a StoreError `cannot_open` that does not quote it, when the URL is none. */
function connectionString({ url, password }: PostgresAddress, readOnly: boolean): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new StoreError('cannot_open', 'the URL of the database is not valid');
  }
  if (!['postgres:', 'postgresql:'].includes(parsed.protocol))
    throw new StoreError('cannot_open', 'the URL of the database does not begin with postgres://');
  if (password !== undefined) parsed.searchParams.set('password', password);
  // PostgreSQL's default, unless an administrator changed it for this database: a commit that was told is on disk.
  const options = parsed.searchParams.get('options') ?? '';
  const mine = `-c synchronous_commit=on -c default_transaction_read_only=${readOnly ? 'on' : 'off'}`;
  parsed.searchParams.set('options', `${options} ${mine}`.trim());
  return parsed.href;
}

function settings(address: PostgresAddress, readOnly: boolean): PoolConfig {
  return {
    connectionString: connectionString(address, readOnly),
    application_name: 'daypass',
    connectionTimeoutMillis: CONNECT_MS,
    lock_timeout: LOCK_MS,
    statement_timeout: STATEMENT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: SILENCE_MS,
    // Statements that do not need each other's answers go out together.
    pipeline: true,
    stream: gatheringSocket,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types: { getTypeParser: parsePostgresValue },
  };
}

export type Connections = PostgresPool & {
  readonly connect: () => Promise<PostgresPoolClient>;
  readonly end: () => Promise<void>;
};

/** A pool of at most `most` connections. `onLost` is told of one that broke while nobody used it. */
export function openConnections(
  address: PostgresAddress,
  {
    most,
    readOnly,
    onLost,
  }: { readonly most: number; readonly readOnly: boolean; readonly onLost: (error: StoreError) => void },
): Connections {
  const pool = makePool({ ...settings(address, readOnly), max: most, idleTimeoutMillis: 30_000 });
  // Without a listener a connection that breaks between two queries would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => onLost(toPostgresError(error)));
  const nameOf = nameStatements();
  const guarded = new WeakMap<PoolClient, PostgresPoolClient>();
  let ended: Promise<void> | null = null;
  return {
    options: {},
    async connect() {
      const client = await connected(pool);
      const known = guarded.get(client);
      if (known !== undefined) return known;
      const made = guard(client, nameOf);
      guarded.set(client, made);
      return made;
    },
    end: () => (ended ??= pool.end()),
  };
}

/** One connection outside of any pool, for work that may take its time. */
export async function openConnection(address: PostgresAddress, limits: Partial<PoolConfig>): Promise<Client> {
  const client = makeClient({ ...settings(address, false), ...limits });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw toPostgresError(error, true);
  }
  return client;
}

/** Certificates that a URL names are read here: a file that is not there is no broken program. */
function makePool(config: PoolConfig): Pool {
  try {
    return new Pool(config);
  } catch (error) {
    throw toPostgresError(error, true);
  }
}

function makeClient(config: PoolConfig): Client {
  try {
    return new Client(config);
  } catch (error) {
    throw toPostgresError(error, true);
  }
}

async function connected(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw toPostgresError(error, true);
  }
}

function guard(client: PoolClient, nameOf: (text: string) => string | null): PostgresPoolClient {
  let lost = false;
  client.on('error', () => (lost = true));
  const query = async (text: string, values: readonly unknown[]): Promise<unknown> => {
    // Nothing is sent any more: a commit too is known not to have happened.
    if (lost) throw new StoreError('io', 'the connection to the database was lost');
    try {
      const name = values.length === 0 ? null : nameOf(text);
      return await client.query({ text, values: [...values], ...(name !== null && { name }) });
    } catch (error) {
      lost ||= isLostConnection(error);
      throw text === 'commit' ? toCommitError(error) : toPostgresError(error);
    }
  };
  return {
    // Kysely's type has overloads for cursors too, which nobody asks of these connections.
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(lost || destroy === true),
  };
}
