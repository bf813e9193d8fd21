// The vault's database with one more table in the outbox's place, so that records and states share transactions.
import { join } from 'node:path';
import { vaultMigrations } from '#electron/agent/vault/migrations.ts';
import type { VaultTables } from '#electron/agent/vault/tables.ts';
import type { AppendRecord } from '#electron/agent/vault/vault-options.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Store } from '#shared/store/store.ts';

export type RecordedTables = VaultTables & { records: { seq: number | null; event: string } };
type RecordedTx = Parameters<Parameters<Store<RecordedTables>['transaction']>[0]>[0];

export async function openRecordedStore(folder: string): Promise<Store<RecordedTables>> {
  return await openSqlite<RecordedTables>({
    path: join(folder, 'agent.sqlite'),
    migrations: {
      ...vaultMigrations,
      'test-0001-records': {
        up: async (db) =>
          await db.schema
            .createTable('records')
            .addColumn('seq', 'integer', (column) => column.primaryKey())
            .addColumn('event', 'text', (column) => column.notNull())
            .execute(),
      },
    },
  });
}

export const recordInto: AppendRecord = async (tx, event) => {
  const recorded = tx as unknown as RecordedTx;
  await recorded
    .insertInto('records')
    .values({ seq: null, event: JSON.stringify(event) })
    .execute();
};
