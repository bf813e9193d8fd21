// Opens a real ledger on a real store for the tests of this folder.
import { ledgerMigrations } from '#broker/ledger/migrations.ts';
import { createLedger, type LedgerOptions } from '#broker/ledger/create-ledger.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tables } from '#broker/store.ts';
import { openPostgres } from '#shared/store/postgres.ts';
import { openTestStore } from '#test/support/test-store.ts';
import { NOW_MS } from './sample-events.ts';

export type TestLedger = { readonly store: BrokerStore; readonly ledger: Ledger; readonly close: () => Promise<void> };

/** Fixed keys: a test that opens the same file again finds its own log. */
export const SEED = new Uint8Array(32).fill(7);
export const ERASURE_KEY = new Uint8Array(32).fill(9);

/** `path`: a file, or the URL of a PostgreSQL database. */
export function openLedgerStore(path = ':memory:'): Promise<BrokerStore> {
  if (path.startsWith('postgres:')) return openPostgres<Tables>({ url: path, migrations: ledgerMigrations });
  return openTestStore<Tables>({ path, migrations: ledgerMigrations });
}

export async function openTestLedger(path = ':memory:', options: Partial<LedgerOptions> = {}): Promise<TestLedger> {
  const store = options.store ?? (await openLedgerStore(path));
  try {
    const ledger = await createLedger({
      store,
      clock: { now: () => NOW_MS },
      ledgerSeed: SEED,
      erasureKey: ERASURE_KEY,
      bootId: 'boot_test',
      ...options,
    });
    return {
      store,
      ledger,
      async close() {
        await ledger.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
