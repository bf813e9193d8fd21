// The ledger's schema, step by step. A released step never changes.
import type { Kysely } from 'kysely';
import { addPublicKey, createLogTables, indexPruned } from '#shared/log/create-tables.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import { LEDGER_TABLES } from './tables.ts';

export const ledgerMigrations: Migrations = {
  'ledger-0001': { up: createTables },
  'ledger-0002-key-rotations': { up: createRotations },
  'ledger-0003-public-key': { up: async (db: Kysely<unknown>) => await addPublicKey(db, LEDGER_TABLES) },
  'ledger-0004-word-keys': { up: createWordKeys },
  'ledger-0005-pruned': { up: async (db: Kysely<unknown>) => await indexPruned(db, LEDGER_TABLES) },
};

async function createRotations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ledger_key_rotations')
    .addColumn('size', 'bigint', (column) => column.primaryKey())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('old_key', 'text', (column) => column.notNull())
    .addColumn('new_key', 'text', (column) => column.notNull())
    .addColumn('rotated_at_ms', 'bigint', (column) => column.notNull())
    .execute();
}

/** A key for each subject and span of time, so that old words can go while newer ones stay. */
async function createWordKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ledger_word_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('from_ms', 'bigint', (column) => column.notNull())
    .addColumn('wrapped_key', 'bytea', (column) => column.notNull())
    .addUniqueConstraint('one_key_a_span', ['subject', 'from_ms'])
    .execute();
}

async function createTables(db: Kysely<unknown>): Promise<void> {
  await createLogTables(db, LEDGER_TABLES);
  await db.schema
    .createTable('ledger_subject_keys')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('subject', 'text', (column) => column.notNull().unique())
    .addColumn('wrapped_key', 'bytea', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
}
