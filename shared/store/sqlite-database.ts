// One `node:sqlite` connection in the shape that Kysely's SQLite dialect expects. Owns the cache of prepared statements.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { toStoreError } from './store-error.ts';

const MAX_CACHED_STATEMENTS = 512;

/** Wraps a connection. `close` finalises the cached statements with it. */
export function kyselyDatabase(connection: DatabaseSync): SqliteDatabase {
  const cache = new Map<string, SqliteStatement>();
  return {
    prepare(sql) {
      const cached = cache.get(sql);
      if (cached !== undefined) return cached;
      const statement = guarded(() => wrapStatement(connection, sql));
      if (cache.size >= MAX_CACHED_STATEMENTS) dropOldest(cache);
      cache.set(sql, statement);
      return statement;
    },
    close() {
      cache.clear();
      connection.close();
    },
  };
}

function wrapStatement(connection: DatabaseSync, sql: string): SqliteStatement {
  const statement = connection.prepare(sql);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => guarded(() => statement.all(...inputs(parameters))),
    run: (parameters) => guarded(() => statement.run(...inputs(parameters))),
    // A cursor keeps its statement busy for as long as it is read, so it never shares the cached one.
    iterate: (parameters) => iterateGuarded(connection.prepare(sql), parameters),
  };
}

function* iterateGuarded(statement: StatementSync, parameters: readonly unknown[]): IterableIterator<unknown> {
  try {
    yield* statement.iterate(...inputs(parameters));
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Kysely types parameters as unknown; `node:sqlite` itself refuses what it cannot bind. */
function inputs(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters as SQLInputValue[];
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toStoreError(error);
  }
}

function dropOldest(cache: Map<string, SqliteStatement>): void {
  for (const sql of cache.keys()) {
    cache.delete(sql);
    return;
  }
}
