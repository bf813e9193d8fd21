// What a log needs of the database that it lives in: the caller's own store, whatever other tables that has.
import type { Kysely } from 'kysely';
import type { SharedDatabase, TransactionOptions } from '../store/store.ts';

/** Runs queries: a reader, or a transaction. */
export type Db = Pick<Kysely<unknown>, 'executeQuery' | 'getExecutor'>;

/** A `Store` of any tables, among them those of the log. */
export type LogStore<Tx extends Db> = {
  readonly read: Db;
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions) => Promise<T>;
  readonly shared: SharedDatabase | null;
};
