// Creates the tables of what desktops append. Only SQL that SQLite and PostgreSQL both run.
import { type Kysely, sql } from 'kysely';
import type { Migrations } from '#shared/store/migrate.ts';

export const desktopMigrations: Migrations = {
  'desktops-0001': {
    up: async (db: Kysely<unknown>) => {
      await createEpochs(db);
      await createRecords(db);
      await createForks(db);
    },
  },
  'desktops-0002-heard': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('desktop_logs')
        .addColumn('origin', 'text', (column) => column.primaryKey())
        .addColumn('heard_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      // Of what was heard before, the opening of the newest epoch is all that was written down.
      await sql`
        insert into desktop_logs (origin, heard_at_ms)
        select origin, max(opened_at_ms) from desktop_epochs group by origin
      `.execute(db);
      await db.schema.alterTable('desktop_epochs').addColumn('reason', 'text').execute();
      await db.schema.alterTable('desktop_epochs').addColumn('previous_origin', 'text').execute();
    },
  },
  'desktops-0003-followed': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('desktop_followed')
        .addColumn('origin', 'text', (column) => column.primaryKey())
        .addColumn('epoch', 'integer', (column) => column.notNull())
        .addColumn('followed_by', 'text', (column) => column.notNull())
        .execute();
    },
  },
  'desktops-0004-pruned': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.alterTable('desktop_records').addColumn('taken_at_ms', 'bigint').execute();
      await db.schema.alterTable('desktop_records').addColumn('uid', 'text').execute();
      // Of what came before nobody wrote down when: not after the desktop was last heard.
      await sql`
        update desktop_records set taken_at_ms =
          (select heard_at_ms from desktop_logs where desktop_logs.origin = desktop_records.origin)
      `.execute(db);
      await db.schema
        .createIndex('desktop_records_whole')
        .on('desktop_records')
        .columns(['taken_at_ms', 'origin', 'epoch', 'sequence'])
        .where('uid' as never, 'is', null as never)
        .execute();
    },
  },
};

async function createEpochs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('desktop_epochs')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('root', 'text', (column) => column.notNull())
    .addColumn('checkpoint', 'text', (column) => column.notNull())
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('opened_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('desktop_epochs_pk', ['origin', 'epoch'])
    .execute();
}

async function createRecords(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('desktop_records')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('sequence', 'bigint', (column) => column.notNull())
    .addColumn('subject', 'text')
    .addColumn('leaf_hash', 'bytea', (column) => column.notNull())
    .addColumn('canonical', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('desktop_records_pk', ['origin', 'epoch', 'sequence'])
    .execute();
  await db.schema
    .createTable('desktop_subtrees')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('level', 'integer', (column) => column.notNull())
    .addColumn('position', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'bytea', (column) => column.notNull())
    .addPrimaryKeyConstraint('desktop_subtrees_pk', ['origin', 'epoch', 'level', 'position'])
    .execute();
}

async function createForks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('desktop_forks')
    .addColumn('origin', 'text', (column) => column.notNull())
    .addColumn('epoch', 'integer', (column) => column.notNull())
    .addColumn('size', 'bigint', (column) => column.notNull())
    .addColumn('root', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('desktop_forks_pk', ['origin', 'epoch', 'size', 'root'])
    .execute();
}
