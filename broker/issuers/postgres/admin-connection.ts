// The connections of the login that makes logins: one for each step, closed after it. What fails is told by PostgreSQL's
// error code and our name of the step; a statement, its values or the server's words are in no error.
import { Client, DatabaseError } from 'pg';
import type { DatabaseServer } from '#shared/contracts/database.ts';
import { SECOND_MS } from '#shared/domain/time.ts';

export class PostgresIssuerError extends Error {
  override readonly name = 'PostgresIssuerError';
  /** PostgreSQL's SQLSTATE, Node's code of a broken connection, or one of ours. */
  readonly code: string;
  constructor(step: string, code: string) {
    super(`${step} failed (${code})`);
    this.code = code;
  }
}

export type Row = Readonly<Record<string, unknown>>;

export type AdminConnection = {
  /** One statement; values as `$1`. `step` names it in an error. */
  readonly run: (step: string, statement: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** All or nothing. */
  readonly transaction: <T>(work: () => Promise<T>) => Promise<T>;
};

export type Connect = <T>(
  server: DatabaseServer,
  /** Another database of the same server than the one of the catalog. */
  database: string | null,
  work: (connection: AdminConnection) => Promise<T>,
) => Promise<T>;

/** Bound how long a server that hangs, or somebody else's lock, holds a step up; it is tried again. */
const CONNECT_MS = 5 * SECOND_MS;
const LOCK_MS = 4 * SECOND_MS;
const STATEMENT_MS = 8 * SECOND_MS;
/** Longer than the server's own limit: for a network that says nothing. */
const SILENCE_MS = 9 * SECOND_MS;

/** `secret` reads the admin's password; it is asked each time, so that a rotated one is used at once. */
export function createConnect(secret: (reference: string) => Promise<string>): Connect {
  return async (server, database, work) => {
    const client = new Client({
      host: server.host,
      port: server.port,
      database: database ?? server.name,
      user: server.admin.user,
      password: await readSecret(secret, server.admin.password),
      ssl: tlsOf(server),
      application_name: 'daypass',
      connectionTimeoutMillis: CONNECT_MS,
      lock_timeout: LOCK_MS,
      statement_timeout: STATEMENT_MS,
      idle_in_transaction_session_timeout: STATEMENT_MS,
      query_timeout: SILENCE_MS,
      // Names mean what we write, whatever somebody has put on the path of this database.
      options: '-c search_path=pg_catalog',
    });
    client.on('error', () => undefined);
    try {
      await attempt('connect', () => client.connect());
      return await work(connectionOf(client));
    } finally {
      await client.end().catch(() => undefined);
    }
  };
}

function connectionOf(client: Client): AdminConnection {
  const run: AdminConnection['run'] = async (step, statement, values = []) =>
    await attempt(step, async () => (await client.query<Row>(statement, [...values])).rows);
  return {
    run,
    transaction: async (work) => {
      await run('begin', 'begin');
      try {
        const result = await work();
        await run('commit', 'commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
    },
  };
}

/** libpq's meaning: `verify-full` also checks that the certificate is for this host. */
function tlsOf({ sslmode, host }: DatabaseServer) {
  switch (sslmode) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { rejectUnauthorized: true, ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }) };
  }
}

async function readSecret(secret: (reference: string) => Promise<string>, reference: string): Promise<string> {
  try {
    return await secret(reference);
  } catch {
    throw new PostgresIssuerError('reading the password of the admin login', 'no_secret');
  }
}

async function attempt<T>(step: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new PostgresIssuerError(step, codeOf(error));
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DatabaseError) return error.code ?? 'database_error';
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'connection_lost';
}
