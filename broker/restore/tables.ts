// The table of restores: one row for each, open until everything that it makes doubtful is ended.
import type { Migrations } from '#shared/store/migrate.ts';

export type RestoreTables = {
  restores: {
    /** The name of the ledger from then on. */
    origin: string;
    opened_at_ms: number;
    settled_at_ms: number | null;
  };
};

export const restoreMigrations: Migrations = {
  'restore-0001': {
    up: async (db) => {
      await db.schema
        .createTable('restores')
        .addColumn('origin', 'text', (column) => column.primaryKey())
        .addColumn('opened_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('settled_at_ms', 'bigint')
        .execute();
    },
  },
};
