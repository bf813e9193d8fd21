// Creates the tables of a log: a step for the migrations of its owner. A released step never changes.
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import { identityColumn } from '../store/identity-column.ts';
import type { LogTables } from './log-tables.ts';

export async function createLogTables(db: Kysely<unknown>, tables: LogTables): Promise<void> {
  await createState(db, tables);
  await createIntake(db, tables);
  await createRecords(db, tables);
  await db.schema
    .createTable(tables.subtrees)
    .addColumn('level', 'bigint', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'bytea', (column) => column.notNull())
    .addPrimaryKeyConstraint(`${tables.subtrees}_pk`, ['level', 'position'])
    .execute();
}

/** The public key beside the log, so that an export needs no private one. */
export async function addPublicKey(db: Kysely<unknown>, tables: LogTables): Promise<void> {
  await db.schema.alterTable(tables.state).addColumn('public_key', 'text').execute();
}

/** What was pruned is counted, and skipped, without reading all of it. */
export async function indexPruned(db: Kysely<unknown>, tables: LogTables): Promise<void> {
  const { records } = tables;
  await sql`
    create index ${sql.ref(`${records}_pruned`)} on ${sql.table(records)} (sequence) where kind = 'pruned'
  `.execute(db);
}

async function createState(db: Kysely<unknown>, tables: LogTables): Promise<void> {
  await db.schema
    .createTable(tables.state)
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('key_fingerprint', 'text', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('checkpoint', 'text')
    .execute();
}

async function createIntake(db: Kysely<unknown>, tables: LogTables): Promise<void> {
  const id = identityColumn(db);
  await withIndexColumns(db.schema.createTable(tables.intake).addColumn('id', id.type, id.build))
    .addColumn('head', 'text', (column) => column.notNull())
    .addColumn('tail', 'text', (column) => column.notNull())
    .execute();
}

async function createRecords(db: Kysely<unknown>, tables: LogTables): Promise<void> {
  await withIndexColumns(
    db.schema.createTable(tables.records).addColumn('sequence', 'bigint', (column) => column.notNull()),
  )
    .addColumn('leaf_hash', 'bytea', (column) => column.notNull())
    .addColumn('canonical', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint(`${tables.records}_pk`, ['sequence'])
    .execute();
  for (const column of ['subject', 'resource', 'grant_id']) {
    await db.schema
      .createIndex(`${tables.records}_${column}`)
      .on(tables.records)
      .columns([column, 'sequence'])
      .where(column, 'is not', null)
      .execute();
  }
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
