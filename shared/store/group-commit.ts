// Natural batching: transactions that wait together run one after another, each in a savepoint, under one COMMIT.
// Nobody hears of success or failure before that COMMIT; it must never let two works run at the same time.
import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreError, toStoreError } from './store-error.ts';

/** The raw statements that a batch needs of a connection. */
export type BatchConnection = {
  readonly exec: (sql: string) => void;
  /** False once the database itself has rolled the whole transaction back (disk full, I/O error). */
  readonly inTransaction: () => boolean;
};

export type GroupCommit<Tx> = {
  readonly run: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Runs between two batches, with no transaction open. */
  readonly alone: (work: () => void) => Promise<void>;
  /** Waits for what is queued, then refuses everything. */
  readonly close: () => Promise<void>;
};

/** A transaction object that works only until `end`. */
export type Lease<Tx> = { readonly tx: Tx; readonly end: () => void };

type Waiting<Tx> = {
  readonly execute: (tx: Tx) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};
/** Tells one waiting caller how its work went, once that is durable. */
type Settle = () => void;

const MAX_BATCH = 512;

export function createGroupCommit<Tx>(connection: BatchConnection, lease: () => Lease<Tx>): GroupCommit<Tx> {
  const insideWork = new AsyncLocalStorage<{ running: boolean }>();
  const queue: Waiting<Tx>[] = [];
  const apart: (() => void)[] = [];
  let draining: Promise<void> | null = null;
  let closed = false;

  async function runOne(waiting: Waiting<Tx>): Promise<Settle> {
    const leased = lease();
    const mark = { running: true };
    connection.exec('savepoint work');
    try {
      const value = await insideWork.run(mark, () => waiting.execute(leased.tx));
      connection.exec('release work');
      return () => waiting.resolve(value);
    } catch (error) {
      // The database gave up the whole batch, not only this work: the caller of runOne rejects everybody.
      if (!connection.inTransaction()) throw error;
      connection.exec('rollback to work');
      connection.exec('release work');
      return () => waiting.reject(error);
    } finally {
      mark.running = false;
      leased.end();
    }
  }

  async function runBatch(): Promise<void> {
    const members: Waiting<Tx>[] = [];
    const outcomes: Settle[] = [];
    try {
      connection.exec('begin immediate');
      // The queue is looked at again after each work: who arrives meanwhile still shares this commit.
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        members.push(next);
        outcomes.push(await runOne(next));
        if (members.length >= MAX_BATCH) break;
      }
      connection.exec('commit');
    } catch (error) {
      rollback(connection);
      // If the batch never began, the ones that wait for it hear why instead of retrying for ever.
      if (members.length === 0) members.push(...queue.splice(0));
      const reason = toStoreError(error);
      for (const member of members) member.reject(reason);
      return;
    }
    for (const settle of outcomes) settle();
  }

  async function drain(): Promise<void> {
    // One macrotask between batches lets everybody who was just answered ask again, and input be read.
    while (queue.length > 0 || apart.length > 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      for (const run of apart.splice(0)) run();
      if (queue.length > 0) await runBatch();
    }
    draining = null;
  }

  /** Refuses where nothing of its own may begin. */
  function begin<T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    if (insideWork.getStore()?.running === true) {
      throw new StoreError('nested_transaction', 'transaction() inside a transaction: use the tx that you were given');
    }
    if (closed) return Promise.reject(new StoreError('closed', 'the store is closed'));
    return new Promise<T>((resolve, reject) => {
      start(resolve, reject);
      // Outside of any caller's async context, so that one caller's context never leaks into another's work.
      draining ??= insideWork.exit(drain);
    });
  }

  return {
    run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      return begin<T>((resolve, reject) => {
        queue.push({ execute: work, resolve: (value) => resolve(value as T), reject });
      });
    },
    alone: (work) =>
      begin<void>((resolve, reject) => {
        apart.push(() => {
          try {
            resolve(work());
          } catch (error) {
            reject(toStoreError(error));
          }
        });
      }),
    async close() {
      closed = true;
      await draining;
    },
  };
}

function rollback(connection: BatchConnection): void {
  if (!connection.inTransaction()) return;
  try {
    connection.exec('rollback');
  } catch {
    // The reason that led here is the one to report; the next `begin` fails loudly if this one really did not end.
  }
}
