// Creates the table of the configuration in force. Only SQL that SQLite and PostgreSQL both run.
import type { Migrations } from '#shared/store/migrate.ts';

export const configMigrations: Migrations = {
  'config-0001-in-force': {
    up: async (db) => {
      await db.schema
        .createTable('config_in_force')
        .addColumn('part', 'text', (column) => column.primaryKey())
        .addColumn('hash', 'text', (column) => column.notNull())
        .addColumn('entries', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
