// The ledger's schema, step by step. A released step never changes.
import type { CreateTableBuilder, Kysely } from 'kysely';
import { identityColumn } from '#shared/store/identity-column.ts';
import type { Migrations } from '#shared/store/migrate.ts';

export const ledgerMigrations: Migrations = {
  'ledger-0001': { up: createTables },
};

async function createTables(db: Kysely<unknown>): Promise<void> {
  await createState(db);
  await createLog(db);
  await db.schema
    .createTable('ledger_subject_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull().unique())
    .addColumn('wrapped_key', 'bytea', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
}

async function createState(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ledger_state')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('key_fingerprint', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('checkpoint', 'text')
    .execute();
}

async function createLog(db: Kysely<unknown>): Promise<void> {
  const id = identityColumn(db);
  await withIndexColumns(db.schema.createTable('ledger_intake').addColumn('id', id.type, id.build))
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('tail', 'text', (column) => column.notNull())
    .execute();
  await withIndexColumns(
    db.schema.createTable('ledger_records').addColumn('sequence', 'bigint', (column) => column.notNull()),
  )
    .addColumn('leaf_hash', 'bytea', (column) => column.notNull())
    .addColumn('canonical', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('ledger_records_pk', ['sequence'])
    .execute();
  for (const column of ['subject', 'resource', 'grant_id']) {
    await db.schema
      .createIndex(`ledger_records_${column}`)
      .on('ledger_records')
      .columns([column, 'sequence'])
      .where(column, 'is not', null)
      .execute();
  }
  await db.schema
    .createTable('ledger_subtrees')
    .addColumn('level', 'bigint', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'bytea', (column) => column.notNull())
    .addPrimaryKeyConstraint('ledger_subtrees_pk', ['level', 'position'])
    .execute();
}

function withIndexColumns<T extends string, C extends string>(table: CreateTableBuilder<T, C>) {
  return table
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('subject', 'text')
    .addColumn('resource', 'text')
    .addColumn('request_id', 'text')
    .addColumn('grant_id', 'text');
}
