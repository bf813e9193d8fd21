// Creates the tables of subjects and devices.
import type { Kysely } from 'kysely';
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
};
