// The query layer that every database shares: reads at once, writes in short transactions that may share one commit.
import type { Kysely, Transaction } from 'kysely';

/**
 * `DB` is the set of tables. Work inside a transaction awaits nothing but queries on `tx`.
 * Transactions that wait at the same time are committed together (natural batching): each is atomic by itself,
 * one that throws is rolled back alone, and none resolves before the shared commit is durable.
 */
export type Store<DB> = {
  readonly read: Kysely<DB>;
  readonly transaction: <T>(work: (tx: Transaction<DB>) => Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};
