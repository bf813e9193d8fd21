// Brings a database to the program's schema, all or nothing. Refuses a database that a newer program has migrated.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { StoreError } from './store-error.ts';

/** Named steps, run in the order of their names; a name that was released once never changes its meaning. */
export type Migrations = Readonly<Record<string, Migration>>;

/** Runs what is missing. The caller holds one transaction around it and rolls back when it throws. */
export async function migrate<DB>(db: Kysely<DB>, migrations: Migrations): Promise<void> {
  await refuseNewer(db, migrations);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    // Modules number their own steps: a new `access-0002` may come after `ledger-0001` was run.
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((result) => result.status === 'Error')?.migrationName ?? 'set-up';
  const reason = error instanceof Error ? error.message : 'it threw something that is no error';
  throw new StoreError('migration_failed', `migration ${failed} failed: ${reason}`, error);
}

async function refuseNewer<DB>(db: Kysely<DB>, migrations: Migrations): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return;
  const schemaless = db as unknown as Kysely<{ kysely_migration: { name: string } }>;
  const done = await schemaless.selectFrom('kysely_migration').select('name').execute();
  const unknown = done.map((row) => row.name).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return;
  throw new StoreError(
    'newer_than_program',
    `the database was made by a newer version of the program (it knows ${unknown.join(', ')}): update, or restore a backup`,
  );
}
