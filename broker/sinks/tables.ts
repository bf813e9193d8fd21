// Tables of the ledger's sinks: those of shared/sinks, and which sinks were put on record last.
import type { Migrations } from '#shared/store/migrate.ts';
import { createSinkTables, sinkTables } from '#shared/sinks/tables.ts';

export const LEDGER_SINKS = sinkTables('ledger');

export type LedgerSinkTables = {
  /** At most one row: JSON of what the newest `sink.configured` says. */
  sinks_on_record: { id: 'sinks'; configured: string };
};

export const sinkMigrations: Migrations = {
  'sinks-0001': {
    up: async (db) => {
      await createSinkTables(db, LEDGER_SINKS);
      await db.schema
        .createTable('sinks_on_record')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('configured', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
