// The store on PostgreSQL: one pool whose connections write, one whose connections only read, one connection that
// listens. Several programs may use the same database at once.
import { Kysely, PostgresDialect } from 'kysely';
import type { Migrations } from './migrate.ts';
import { openConnections, type PostgresAddress } from './postgres-connections.ts';
import { rewriteTables } from './postgres-scrub.ts';
import { createListener } from './postgres-listener.ts';
import { migratePostgres } from './postgres-migrate.ts';
import { createTransactions } from './postgres-transactions.ts';
import type { StoreError } from './store-error.ts';
import type { Store } from './store.ts';

export type PostgresOptions = PostgresAddress & {
  readonly migrations: Migrations;
  /** The most connections at a time, half of them for reads, at least 2; one more listens. */
  readonly poolSize?: number;
  /** Told of connections that were lost; they come back by themselves. Never carries a password or a value. */
  readonly onTrouble?: (error: StoreError) => void;
};

const POOL_SIZE = 20;

/**
 * Connects and migrates. Refuses with a StoreError: `cannot_open`, `newer_than_program`, `migration_failed`.
 * Later errors: `cannot_open` and `io` while the database is away, `busy` when others were in the way for too long,
 * `outcome_unknown` when a connection broke during a commit.
 */
export async function openPostgres<DB>(options: PostgresOptions): Promise<Store<DB>> {
  const onTrouble = options.onTrouble ?? (() => undefined);
  await migratePostgres(options, options.migrations);
  const most = Math.max(1, Math.floor((options.poolSize ?? POOL_SIZE) / 2));
  // Apart, so that work which waits for a read inside a transaction never waits for its own connection.
  const writing = openConnections(options, { most, readOnly: false, onLost: onTrouble });
  const reading = openConnections(options, { most, readOnly: true, onLost: onTrouble });
  const transactions = await createTransactions<DB>(new PostgresDialect({ pool: writing }));
  const read = new Kysely<DB>({ dialect: new PostgresDialect({ pool: reading }) });
  const listener = createListener(options, onTrouble);

  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await transactions.close();
    await listener.close();
    await Promise.all([writing.end(), read.destroy()]);
  }
  return {
    read,
    transaction: transactions.run,
    scrub: (tables) => rewriteTables(options, tables),
    close: () => (closing ??= close()),
    shared: { statement: transactions.statement, afterCommit: transactions.afterCommit, listen: listener.listen },
  };
}
