// The store that a broker's test runs on: SQLite, or PostgreSQL where the file was started `on-postgres.ts`.
// The same path is the same database either way.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openPostgres } from '#shared/store/postgres.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Store } from '#shared/store/store.ts';
import type { TestPostgres } from './postgres.ts';

let server: TestPostgres | null = null;
const databases = new Map<string, string>();
/** A database that has these migrations and nothing else: a copy of it takes a fraction of making it. */
const migrated = new Map<string, Promise<string>>();

export function useServer(postgres: TestPostgres | null): void {
  server = postgres;
  databases.clear();
  migrated.clear();
}

/** For what only holds of a file, and for what tests SQLite itself. */
export function isOnPostgres(): boolean {
  return process.env['DAYPASS_TEST_STORE'] === 'postgres';
}

/** Registers with `it` or `describe` what is about SQLite's file; on PostgreSQL there is no such test. */
export function onSqlite<R extends (name: string, ...rest: never[]) => unknown>(register: R): R {
  return isOnPostgres() ? ((() => undefined) as unknown as R) : register;
}

type Options = { readonly path: string; readonly migrations: Migrations };

/** `path`: a file, or `:memory:` for a database that nobody opens again. */
export async function openTestStore<DB>({ path, migrations }: Options): Promise<Store<DB>> {
  if (server === null) return await openSqlite<DB>({ path, migrations });
  const url = (path === ':memory:' ? undefined : databases.get(path)) ?? (await makeDatabase(server, migrations));
  if (path !== ':memory:') databases.set(path, url);
  return await openPostgres<DB>({ url, migrations });
}

/**
 * Copies a store that nobody has open now, as a backup does. Gives what puts that copy back in its place, any number of
 * times, with nobody on the store.
 */
export async function backUpStore(path: string): Promise<() => Promise<void>> {
  if (server === null) {
    const copy = mkdtempSync(join(dirname(path), '..', 'backup-'));
    cpSync(dirname(path), copy, { recursive: true });
    return async () => {
      rmSync(dirname(path), { recursive: true });
      cpSync(copy, dirname(path), { recursive: true });
    };
  }
  const postgres = server;
  const url = databases.get(path);
  if (url === undefined) throw new Error('nobody ever opened this store');
  const copy = await postgres.freshDatabase(url);
  return async () => void databases.set(path, await postgres.freshDatabase(copy));
}

async function makeDatabase(postgres: TestPostgres, migrations: Migrations): Promise<string> {
  const key = Object.keys(migrations).join();
  const template = migrated.get(key) ?? makeTemplate(postgres, migrations);
  migrated.set(key, template);
  return await postgres.freshDatabase(await template);
}

async function makeTemplate(postgres: TestPostgres, migrations: Migrations): Promise<string> {
  const url = await postgres.freshDatabase();
  await (await openPostgres({ url, migrations })).close();
  return url;
}
