// Migrates a PostgreSQL database in one transaction that only one program runs at a time.
import { Kysely, PostgresAdapter, PostgresDialect, type PostgresPool, sql } from 'kysely';
import { migrate, type Migrations } from './migrate.ts';
import { openConnection, type PostgresAddress } from './postgres-connections.ts';
import { toPostgresError } from './postgres-error.ts';
import { StoreError } from './store-error.ts';

/** Of every program that migrates a database of this product, in this and later versions. */
const LOCK = 7_203_118_455_021n;
const PATIENCE_MS = 120_000;

/** Kysely's own lock ends before the transaction does, and its release hides why a migration failed. */
class LockedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class LockedDialect extends PostgresDialect {
  override createAdapter(): LockedAdapter {
    return new LockedAdapter();
  }
}

/** Waits for another program that migrates, up to two minutes. All or nothing; refuses as `migrate` does. */
export async function migratePostgres(address: PostgresAddress, migrations: Migrations): Promise<void> {
  const client = await openConnection(address, {
    statement_timeout: 0,
    query_timeout: 0,
    lock_timeout: PATIENCE_MS,
    idle_in_transaction_session_timeout: PATIENCE_MS,
  });
  const pool: PostgresPool = {
    options: {},
    connect: () => Promise.resolve({ query: client.query.bind(client), release() {} }),
    end: () => Promise.resolve(),
  };
  const db = new Kysely<Record<never, never>>({ dialect: new LockedDialect({ pool }) });
  try {
    await db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(tx);
      await migrate(tx, migrations);
    });
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('migration_failed', `the database could not be migrated: ${toPostgresError(error).message}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}
