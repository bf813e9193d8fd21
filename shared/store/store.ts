// The query layer that every database shares: reads at once, writes in short transactions that may share one commit.
import type { CompiledQuery, Kysely, QueryResult, Transaction } from 'kysely';

/**
 * `DB` is the set of tables. Work inside a transaction awaits nothing but queries on `tx`.
 * Each transaction is atomic by itself and serialisable, one that throws is rolled back alone, and none resolves
 * before its commit is durable. Where others write to the same database a transaction that they overtook is run again
 * from its beginning: work has no effect outside of `tx` that a repeat would double.
 */
export type Store<DB> = {
  readonly read: Kysely<DB>;
  readonly transaction: <T>(work: (tx: Transaction<DB>) => Promise<T>, options?: TransactionOptions) => Promise<T>;
  /**
   * Writes anew what the database keeps of deleted and overwritten values, so that no file of it has their bytes any more.
   * On SQLite that is the whole file, of which everybody waits; on PostgreSQL the tables that are named, and what its
   * write-ahead log and its backups keep is the server's own affair. Refuses inside a transaction's work.
   */
  readonly scrub: (tables: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
  /** What a program needs that shares the database with others of its kind; null when it has the database to itself. */
  readonly shared: SharedDatabase | null;
};

export type TransactionOptions = {
  /**
   * Each statement sees what was committed before that statement: for work that takes its own locks. A database that
   * runs one transaction at a time ignores it.
   */
  readonly isolation?: 'read committed';
  /**
   * Transactions that give the same name run one after another, in whatever program. What they read about it is then
   * true until they commit, also where each statement sees what was committed before it.
   */
  readonly inTurn?: string;
};

export type SharedDatabase = {
  /**
   * Runs one statement that is a transaction by itself, `read committed`, and resolves once it is durable. It is not
   * run again. Refuses inside a transaction's work like `transaction`.
   */
  readonly statement: <R>(query: CompiledQuery<R>) => Promise<QueryResult<R>>;
  /** Calls back once the running transaction `tx` is committed; never when it is not. */
  readonly afterCommit: (tx: object, callback: () => void) => void;
  /**
   * Calls back soon after somebody's committed transaction notified this channel (`[a-z_]+`), and whenever such a call
   * may have been missed. It only wakes: who must not miss anything also looks from time to time. Returns the way to stop.
   */
  readonly listen: (channel: string, listener: () => void) => () => void;
};
