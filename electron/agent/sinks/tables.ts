// Which sinks this data area has: the person's, and the organisation's as they were seen the last time, so that each change
// is on record once. A secret is named here, never kept. A released migration never changes.
import type { Kysely } from 'kysely';
import { createSinkTables, sinkTables } from '#shared/sinks/tables.ts';
import type { Migrations } from '#shared/store/migrate.ts';

/** How far each sink has come, and what it refused. */
export const DELIVERY_TABLES = sinkTables('outbox');

/** `value`: a sink as JSON. `told`: that it refused records for good is on record. */
export type DeskSinkRow = { name: string; managed: 0 | 1; value: string; told: 0 | 1 };

export type DeskSinkTables = { desk_sinks: DeskSinkRow };

export const deskSinkMigrations: Migrations = {
  'desk-sinks-0001': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('desk_sinks')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('managed', 'integer', (column) => column.notNull())
        .addColumn('value', 'text', (column) => column.notNull())
        .addColumn('told', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await createSinkTables(db, DELIVERY_TABLES);
    },
  },
};
