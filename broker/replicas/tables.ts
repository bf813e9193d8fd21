// The replicas that share a database, and when each was last seen. Empty where a broker has its database to itself.
import type { Migrations } from '#shared/store/migrate.ts';

export type ReplicaTables = {
  replicas: {
    id: string;
    started_at_ms: number;
    /** By the database's clock, as everything here: those of the replicas may differ. */
    seen_at_ms: number;
  };
};

export const replicaMigrations: Migrations = {
  'replicas-0001': {
    async up(db) {
      await db.schema
        .createTable('replicas')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};
