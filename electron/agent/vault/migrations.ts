// Creates the tables of the vault.
import type { Kysely } from 'kysely';
import type { Migrations } from '#shared/store/migrate.ts';

async function createLocalCopies(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('local_copies')
    .addColumn('collect_id', 'text', (column) => column.primaryKey())
    .addColumn('version', 'integer', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('held_in', 'text', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('resource', 'text', (column) => column.notNull())
    .addColumn('intended_at_ms', 'integer', (column) => column.notNull())
    .addColumn('issued', 'text')
    .addColumn('wipe_reason', 'text')
    .addColumn('wipe_due_at_ms', 'integer')
    .addColumn('wipe_lag_ms', 'integer')
    .addColumn('wipe_problem', 'text')
    .addColumn('wipe_attempts', 'integer', (column) => column.notNull())
    .addColumn('over_at_ms', 'integer')
    .execute();
  await db.schema.createIndex('local_copies_by_over').on('local_copies').column('over_at_ms').execute();
}

async function createClipboardCopies(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('clipboard_copies')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('collect_id', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('key_id', 'text', (column) => column.notNull())
    .addColumn('length', 'integer', (column) => column.notNull())
    .addColumn('copied_at_ms', 'integer', (column) => column.notNull())
    .addColumn('clear_at_ms', 'integer', (column) => column.notNull())
    .execute();
}

export const vaultMigrations: Migrations = {
  'vault-0001-local-copies': { up: createLocalCopies },
  'vault-0002-clipboard-copies': { up: createClipboardCopies },
};
