// What retention remembers of a request: that its words are gone, so that it is not looked at again.
import type { Kysely } from 'kysely';
import type { Migrations } from '#shared/store/migrate.ts';

export const retentionMigrations: Migrations = {
  'zz-retention-0001': {
    up: async (db: Kysely<never>) => {
      await db.schema.alterTable('requests').addColumn('words_pruned_at_ms', 'bigint').execute();
    },
  },
};
