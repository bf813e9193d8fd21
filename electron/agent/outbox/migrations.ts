// The outbox's schema, step by step, for the store that the agent composes. A released step never changes.
import { type Kysely, sql } from 'kysely';
import { addPublicKey, createLogTables, indexPruned } from '#shared/log/create-tables.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import { OUTBOX_TABLES } from './tables.ts';

export const outboxMigrations: Migrations = {
  'outbox-0001': {
    up: async (db: Kysely<unknown>) => {
      await createLogTables(db, OUTBOX_TABLES);
      await createOldEpochs(db);
      await createSync(db);
    },
  },
  'outbox-0002': {
    up: async (db: Kysely<unknown>) => {
      await createLedgerHistory(db);
      await db.schema.alterTable('outbox_sync').addColumn('restored', 'text').execute();
      await db.schema
        .alterTable('outbox_sync')
        .addColumn('sent_again', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  'outbox-0003-ledger-keys': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .alterTable('outbox_ledger_heads')
        .addColumn('key', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
      // Until now there was one key only.
      await sql`
        update outbox_ledger_heads set key = coalesce((select ledger_key from outbox_sync), '')
      `.execute(db);
    },
  },
  'outbox-0004-public-key': { up: async (db: Kysely<unknown>) => await addPublicKey(db, OUTBOX_TABLES) },
  'outbox-0006-key-offer': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('outbox_key_offer')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('device', 'text', (column) => column.notNull())
        .addColumn('origin', 'text', (column) => column.notNull())
        .addColumn('epoch', 'integer', (column) => column.notNull())
        .addColumn('size', 'integer', (column) => column.notNull())
        .addColumn('note', 'text', (column) => column.notNull())
        .addColumn('old_key', 'text', (column) => column.notNull())
        .addColumn('taken', 'integer', (column) => column.notNull())
        .execute();
    },
  },
  'outbox-0005-owed': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('outbox_owed')
        .addColumn('origin', 'text', (column) => column.primaryKey())
        .addColumn('epoch', 'integer', (column) => column.notNull())
        .addColumn('sequence', 'integer', (column) => column.notNull())
        .execute();
    },
  },
  'outbox-0006-pruned': { up: async (db: Kysely<unknown>) => await createPruned(db) },
};

async function createLedgerHistory(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox_ledger_heads')
    .addColumn('line', 'integer', (column) => column.notNull())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('seen_at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('outbox_ledger_heads_pk', ['line', 'origin', 'size'])
    .execute();
  await db.schema
    .createTable('outbox_ledger_epochs')
    .addColumn('origin', 'text', (column) => column.primaryKey())
    .addColumn('previous_origin', 'text', (column) => column.notNull())
    .addColumn('opened_at_ms', 'integer', (column) => column.notNull())
    .addColumn('canonical', 'text', (column) => column.notNull())
    .addColumn('seen_at_ms', 'integer', (column) => column.notNull())
    .execute();
}

async function createPruned(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox_pruned')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('uid', 'text', (column) => column.notNull())
    // That the receiver lost it and it cannot be given again is on record.
    .addColumn('lost', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('outbox_pruned_pk', ['origin', 'epoch', 'sequence'])
    .execute();
  await db.schema.createIndex('outbox_pruned_uid').on('outbox_pruned').column('uid').execute();
  await db.schema
    .createTable('outbox_taken')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('records', 'integer', (column) => column.notNull())
    .addColumn('at_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('outbox_taken_pk', ['origin', 'epoch', 'at_ms'])
    .execute();
  await indexPruned(db, OUTBOX_TABLES);
  await db.schema.alterTable('outbox_old_epochs').addColumn('public_key', 'text').execute();
  await db.schema
    .alterTable('outbox_sync')
    .addColumn('verified_pruned', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}

async function createOldEpochs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox_old_epochs')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('size', 'integer', (column) => column.notNull())
    .addColumn('checkpoint', 'text')
    .addPrimaryKeyConstraint('outbox_old_epochs_pk', ['origin', 'epoch'])
    .execute();
  await db.schema
    .createTable('outbox_old_records')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('canonical', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('outbox_old_records_pk', ['origin', 'epoch', 'sequence'])
    .execute();
}

async function createSync(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('outbox_sync')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('cursor', 'integer', (column) => column.notNull())
    .addColumn('cosigned', 'integer', (column) => column.notNull())
    .addColumn('cosigned_at_ms', 'integer')
    .addColumn('witnessed_root', 'text')
    .addColumn('ledger_key', 'text')
    .addColumn('ledger_checkpoint', 'text')
    .addColumn('alarm', 'text')
    .addColumn('synced_at_ms', 'integer')
    .addColumn('verified_at_ms', 'integer')
    .addColumn('verified_records', 'integer')
    .addColumn('verified_problem', 'text')
    .execute();
}
