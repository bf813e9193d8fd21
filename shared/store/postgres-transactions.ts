// Transactions on PostgreSQL: serialisable, each run again from its beginning when another one overtook it.
// Nothing is ever run again unless the database said that it was not committed.
import { AsyncLocalStorage } from 'node:async_hooks';
import { hash } from 'node:crypto';
import {
  AbortedTransactionError,
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type PostgresDialect,
  type QueryResult,
  type Transaction,
} from 'kysely';
import { OvertakenError } from './postgres-error.ts';
import { leases } from './postgres-lease.ts';
import { StoreError } from './store-error.ts';
import type { SharedDatabase, Store, TransactionOptions } from './store.ts';

/** Enough for a crowd on one row; past it the caller hears `busy`. */
const TRIES = 30;
const LONGEST_PAUSE_MS = 50;
/** Two that insert the same key at once: one may hear so instead of that it was overtaken. Again, it sees the other's. */
const TRIES_ON_SAME_KEY = 3;

export type Transactions<DB> = {
  readonly run: Store<DB>['transaction'];
  readonly statement: SharedDatabase['statement'];
  readonly afterCommit: (tx: object, callback: () => void) => void;
  /** Refuses what comes, waits for what runs. */
  readonly close: () => Promise<void>;
};

type Work<DB, T> = (tx: Transaction<DB>) => Promise<T>;

export async function createTransactions<DB>(dialect: PostgresDialect): Promise<Transactions<DB>> {
  const insideWork = new AsyncLocalStorage<{ running: boolean }>();
  const callbacks = new WeakMap<object, (() => void)[]>();
  const driver = dialect.createDriver();
  await driver.init();
  const attempt = attempts<DB>(dialect, driver, insideWork, (tx) => {
    for (const callback of callbacks.get(tx) ?? []) callback();
  });
  const running = new Set<Promise<void>>();
  let closed = false;
  /** Refuses where a transaction may not begin. Gives its value, and is waited for by `close`. */
  function begin<T>(start: () => Promise<T>): Promise<T> {
    if (insideWork.getStore()?.running === true) {
      throw new StoreError('nested_transaction', 'transaction() inside a transaction: use the tx that you were given');
    }
    if (closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    const done = insideWork.exit(start);
    const settled: Promise<void> = done.then(nothing, nothing).then(() => void running.delete(settled));
    running.add(settled);
    return done;
  }
  return {
    run: (work, options = {}) => begin(() => again(() => attempt(work, options))),
    statement: (query) => begin(() => alone(driver, query)),
    afterCommit: (tx, callback) => void callbacks.set(tx, [...(callbacks.get(tx) ?? []), callback]),
    async close() {
      closed = true;
      await Promise.all(running);
    },
  };
}

function nothing(): void {}

/** Runs one transaction once, on a connection of its own. */
function attempts<DB>(
  dialect: PostgresDialect,
  driver: Driver,
  insideWork: AsyncLocalStorage<{ running: boolean }>,
  committed: (tx: object) => void,
): <T>(work: Work<DB, T>, options: TransactionOptions) => Promise<T> {
  const lease = leases<DB>(dialect, driver);
  return async (work, options) => {
    const connection = await driver.acquireConnection();
    const mark = { running: true };
    const { tx, end, overtaken } = lease(connection);
    try {
      const value = await insideWork
        .run(mark, async () => {
          // Sent together with the work's first statement. If it fails, so does every statement after it: the
          // connection is lost, or the transaction has begun and is spoilt.
          const begun = connection.executeQuery(CompiledQuery.raw(beginning(options)));
          const [, value] = await Promise.all([begun, work(tx)]);
          return value;
        })
        .finally(end)
        .catch(async (error: unknown) => {
          // One that cannot be rolled back is thrown away with its connection.
          await driver.rollbackTransaction(connection).catch(nothing);
          throw overtaken() ?? error;
        });
      await commit(driver, connection, overtaken);
      committed(tx);
      return value;
    } finally {
      mark.running = false;
      await driver.releaseConnection(connection);
    }
  };
}

/** A connection that breaks meanwhile may have carried it to its end. */
async function alone<R>(driver: Driver, query: CompiledQuery<R>): Promise<QueryResult<R>> {
  const connection = await driver.acquireConnection();
  try {
    return await connection.executeQuery<R>(query);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'io') throw error;
    throw new StoreError('outcome_unknown', `${error.message}: nobody knows whether the statement was done`);
  } finally {
    await driver.releaseConnection(connection);
  }
}

/**
 * One message for both. The lock goes with the transaction; a name that shares its 64 bits with another only waits for
 * that one too.
 */
function beginning({ isolation, inTurn }: TransactionOptions): string {
  const begin = `begin isolation level ${isolation ?? 'serializable'}`;
  if (inTurn === undefined) return begin;
  return `${begin}; select pg_advisory_xact_lock(${hash('sha256', inTurn, 'buffer').readBigInt64BE()})`;
}

async function commit(
  driver: Driver,
  connection: DatabaseConnection,
  overtaken: () => OvertakenError | null,
): Promise<void> {
  try {
    await driver.commitTransaction(connection);
  } catch (error) {
    if (!(error instanceof AbortedTransactionError)) throw error;
    throw overtaken() ?? new StoreError('other', 'a statement failed and the work went on: all of it was rolled back');
  }
}

async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isWorthRepeating(error, tries)) throw error;
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, 2 ** tries));
    }
  }
}

/** Only what the database said that it rolled back. */
function isWorthRepeating(error: unknown, tries: number): boolean {
  if (error instanceof OvertakenError) return tries < TRIES;
  return error instanceof StoreError && error.code === 'unique_violation' && tries < TRIES_ON_SAME_KEY;
}

function pause(pauseMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pauseMs));
}
