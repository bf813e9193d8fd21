// Accounts that a directory told of by SCIM. Whether one is active is what the broker's own table of the disabled says.
import { sql, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export type ScimUserRow = {
  subject: string;
  user_name: string;
  /** As SCIM compares it: without regard to case (RFC 7643 section 4.1.1). */
  user_name_key: string;
  created_at_ms: number;
  changed_at_ms: number;
};

export type ScimTables = { scim_users: ScimUserRow };

export const scimMigrations: Readonly<Record<string, Migration>> = {
  'scim-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('scim_users')
        .addColumn('subject', 'text', (column) => column.primaryKey().references('subjects.id'))
        .addColumn('user_name', 'text', (column) => column.notNull())
        .addColumn('user_name_key', 'text', (column) => column.notNull().unique())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('changed_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await sql`create index scim_users_by_age on scim_users (created_at_ms, subject)`.execute(db);
    },
  },
};
