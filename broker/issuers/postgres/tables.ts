// The table of the logins at databases. No secret is in it.
import type { Kysely } from 'kysely';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Migrations } from '#shared/store/migrate.ts';

/** Ended before anything was made. */
export const NOWHERE = '';

export type PostgresLoginRow = {
  readonly credential_id: string;
  /** JSON of the DatabaseServer, or NOWHERE. */
  readonly server: string;
  readonly created_at_ms: EpochMs;
  /** When somebody began to end it. */
  readonly ended_at_ms: EpochMs | null;
};

export type PostgresIssuerTables = { readonly postgres_logins: PostgresLoginRow };

export const postgresIssuerMigrations: Migrations = {
  'issuers-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema
        .createTable('postgres_logins')
        .addColumn('credential_id', 'text', (column) => column.primaryKey())
        .addColumn('server', 'text', (column) => column.notNull())
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('ended_at_ms', 'bigint')
        .execute();
    },
  },
};
