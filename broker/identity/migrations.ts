// Creates the tables of subjects, accounts, disabled people, and devices.
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const identityMigrations: Readonly<Record<string, Migration>> = {
  'identity-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('subjects')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('issuer', 'text', (column) => column.notNull())
        .addColumn('external_id', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addUniqueConstraint('one_subject_an_account', ['issuer', 'external_id'])
        .execute();
      await db.schema
        .createTable('devices')
        .addColumn('id', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull().references('subjects.id'))
        .addColumn('enrolled_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('one_enrolment_a_subject', ['id', 'subject'])
        .execute();
    },
  },
  'identity-0002': {
    up: async (db: Kysely<never>) => {
      await createAccounts(db);
      await createDisabled(db);
      await createDeviceFacts(db);
    },
  },
  'identity-0003-replaced': {
    up: async (db: Kysely<never>) => {
      await db.schema.alterTable('devices').addColumn('replaced_by', 'text').execute();
    },
  },
};

async function createAccounts(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('subject', 'text', (column) => column.primaryKey().references('subjects.id'))
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('roles', 'text', (column) => column.notNull())
    .addColumn('teams', 'text', (column) => column.notNull())
    .addColumn('contractor', 'integer')
    .addColumn('zoneinfo', 'text')
    .addColumn('facts_hash', 'text', (column) => column.notNull())
    .addColumn('auth_time_ms', 'bigint')
    .addColumn('proven_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('accounts_by_version').on('accounts').column('version').execute();
  await db.schema.createIndex('accounts_by_person').on('accounts').column('person').execute();
  await db.schema
    .createTable('directory_version')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute();
  await sql`insert into directory_version (id, version) values (1, 0)`.execute(db);
}

async function createDisabled(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('disabled')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('because_of', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('disabled_once_a_reason', ['id', 'because_of'])
    .execute();
  await db.schema.createIndex('disabled_by_reason').on('disabled').column('because_of').execute();
}

async function createDeviceFacts(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('device_facts')
    .addColumn('device', 'text', (column) => column.primaryKey())
    .addColumn('managed', 'integer')
    .addColumn('disk_encrypted', 'integer')
    .addColumn('country', 'text')
    .addColumn('told_by', 'text', (column) => column.notNull())
    .addColumn('told_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('device_facts_by_version').on('device_facts').column('version').execute();
}
