// Creates the tables of the token-signing keys and of used proofs. Only SQL that SQLite and PostgreSQL both run.
import type { Migrations } from '#shared/store/migrate.ts';

export const tokenMigrations: Migrations = {
  'tokens-0001-signing-keys': {
    up: async (db) => {
      await db.schema
        .createTable('signing_keys')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('sealed', 'text', (column) => column.notNull())
        .addColumn('published_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('used_from_ms', 'bigint', (column) => column.notNull())
        .addColumn('retired_from_ms', 'bigint')
        .execute();
    },
  },
  'tokens-0002-device-proofs-seen': {
    up: async (db) => {
      await db.schema
        .createTable('device_proofs_seen')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('until_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('device_proofs_seen_by_age').on('device_proofs_seen').column('until_ms').execute();
    },
  },
};
