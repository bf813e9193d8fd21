// Creates the tables of the configuration in force and of what waits for two people. Only SQL that SQLite and PostgreSQL both run.
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
  'config-0002-held-changes': {
    up: async (db) => {
      await db.schema
        .createTable('config_contents')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('content_hash', 'text', (column) => column.notNull())
        .addColumn('texts', 'text', (column) => column.notNull())
        .addColumn('guards', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('held_changes')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('content_hash', 'text', (column) => column.notNull())
        .addColumn('lines', 'text', (column) => column.notNull())
        .addColumn('resources', 'text')
        .addColumn('person', 'text')
        .addColumn('proposed_by', 'text', (column) => column.notNull())
        .addColumn('proposed_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('closed_at_ms', 'bigint')
        .execute();
      await db.schema
        .createIndex('held_changes_by_state')
        .on('held_changes')
        .columns(['state', 'content_hash'])
        .execute();
      await db.schema
        .createTable('change_answers')
        .addColumn('change_id', 'text', (column) => column.notNull().references('held_changes.id'))
        .addColumn('person', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('agree', 'integer', (column) => column.notNull())
        .addColumn('answered_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('one_word_a_person', ['change_id', 'person'])
        .execute();
    },
  },
  'config-0003-superseded': {
    up: async (db) => {
      await db.schema
        .createTable('config_superseded')
        .addColumn('content_hash', 'text', (column) => column.primaryKey())
        .addColumn('superseded_at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};
