// Where the broker of an audit torture keeps what it has: a file, or a database of a real PostgreSQL. Looked at, backed
// up and put back while the broker is dead; never opened by the parts that wrote it.
import { Client } from 'pg';
import { startPostgres } from '#test/support/postgres.ts';
import { backUp, type Look, lookAt, putBack } from './disks.ts';
import type { ToldStore } from './told.ts';

export type BrokerDisk = AsyncDisposable & {
  readonly told: ToldStore;
  readonly look: Look;
  readonly backUp: () => Promise<void>;
  readonly putBack: () => Promise<void>;
};

export function sqliteDisk(path: string): BrokerDisk {
  return {
    told: { kind: 'sqlite', path },
    look: lookAt(path),
    backUp: () => Promise.resolve(backUp(path)),
    putBack: () => Promise.resolve(putBack(path)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const NAME = 'broker';
const BACKUP = 'broker_backup';

/** A server of its own, which is never killed: what is killed are those who use it. */
export async function postgresDisk(): Promise<BrokerDisk> {
  const server = await startPostgres();
  await server.query(`create database ${NAME} template template0`);
  const url = server.url(NAME);
  // The server waits itself until the last connection of the dead is gone.
  const copy = async (from: string, to: string): Promise<void> => {
    await server.query(`drop database if exists ${to} with (force)`);
    await server.query(`create database ${to} template ${from}`);
  };
  return {
    told: { kind: 'postgres', url },
    look: async (look) => {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        return await look(async (statement) => (await client.query<Record<string, unknown>>(statement)).rows);
      } finally {
        await client.end();
      }
    },
    backUp: async () => await copy(NAME, BACKUP),
    putBack: async () => await copy(BACKUP, NAME),
    [Symbol.asyncDispose]: server.close,
  };
}
