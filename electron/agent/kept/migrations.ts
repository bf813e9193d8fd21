// The tables of what the session keeps over a restart.
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const sessionMigrations: Readonly<Record<string, Migration>> = {
  'session-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('session_values')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('session_requests')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('dismissed', 'integer', (column) => column.notNull())
        .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('session_checkouts')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('user', 'text', (column) => column.notNull())
        .addColumn('resource', 'text', (column) => column.notNull())
        .addColumn('grant_id', 'text')
        .addColumn('state', 'text', (column) => column.notNull())
        .addCheckConstraint('checkout_state', sql`state in ('begun', 'held', 'releasing')`)
        .execute();
      await db.schema
        .createTable('session_warned')
        .addColumn('grant_id', 'text', (column) => column.notNull())
        .addColumn('before_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('warned_once', ['grant_id', 'before_ms'])
        .execute();
      await db.schema
        .createTable('session_wishes')
        .addColumn('user', 'text', (column) => column.notNull())
        .addColumn('resource', 'text', (column) => column.notNull())
        .addColumn('wish', 'text', (column) => column.notNull())
        .addColumn('used_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('last_wish', ['user', 'resource'])
        .execute();
      await db.schema
        .createTable('session_favourites')
        .addColumn('user', 'text', (column) => column.notNull())
        .addColumn('resource', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('favourite_once', ['user', 'resource'])
        .execute();
    },
  },
};
