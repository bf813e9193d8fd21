// Creates the table of the token-signing keys. Only SQL that SQLite and PostgreSQL both run.
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
};
