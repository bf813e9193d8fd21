// Creates the tables of oversight, and the indexes that its report reads by. Only SQL that SQLite and PostgreSQL both run.
import { sql, type Kysely } from 'kysely';
import type { Migrations } from '#shared/store/migrate.ts';

export const oversightMigrations: Migrations = {
  'oversight-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('grant_uses')
        .addColumn('grant_id', 'text', (column) => column.primaryKey().references('grants.id'))
        .addColumn('uses', 'integer', (column) => column.notNull())
        .addColumn('bytes_out', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at_ms', 'bigint')
        .execute();
      await db.schema
        .createTable('findings')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('grant_id', 'text', (column) => column.notNull().references('grants.id'))
        .addColumn('deviation', 'text', (column) => column.notNull())
        .addColumn('facts', 'text', (column) => column.notNull())
        .addColumn('raised_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('answer', 'text', (column) => column.notNull())
        .addColumn('answered_by', 'text')
        .addColumn('answered_at_ms', 'bigint')
        .addColumn('note', 'text')
        .addUniqueConstraint('one_finding_a_deviation', ['grant_id', 'deviation'])
        .execute();
      await db.schema.createIndex('findings_by_answer').on('findings').columns(['answer', 'grant_id']).execute();
    },
  },
  'oversight-0002': {
    up: async (db: Kysely<never>) => {
      await db.schema.alterTable('grants').addColumn('examined_at_ms', 'bigint').execute();
      await db.schema
        .createIndex('grants_to_examine')
        .on('grants')
        .column('ended_at_ms')
        .where(sql.ref('examined_at_ms'), 'is', null)
        .execute();
      await db.schema.createIndex('grants_by_start').on('grants').columns(['starts_at_ms', 'id']).execute();
      await db.schema
        .createIndex('grants_by_resource')
        .on('grants')
        .columns(['resource', 'starts_at_ms', 'id'])
        .execute();
    },
  },
};
