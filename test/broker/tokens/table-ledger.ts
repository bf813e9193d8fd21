// A ledger that only appends, into a table of the same database: what a rolled-back transaction wrote is not in it.
import type { Kysely } from 'kysely';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore, Tables, Tx } from '#broker/store.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { Migrations } from '#shared/store/migrate.ts';

type WithEvents = Tables & { test_events: { event: string } };

export const eventMigrations: Migrations = {
  'test-events': {
    up: (db) =>
      db.schema
        .createTable('test_events')
        .addColumn('event', 'text', (column) => column.notNull())
        .execute(),
  },
};

export type TableLedger = Pick<Ledger, 'append'> & {
  readonly events: () => Promise<readonly LedgerEvent[]>;
  /** Makes the next append fail, as a full disk would. */
  failNext: boolean;
};

export function tableLedger(store: BrokerStore): TableLedger {
  return {
    failNext: false,
    async append(tx: Tx, event: LedgerEvent) {
      if (this.failNext) {
        this.failNext = false;
        throw new Error('the ledger is broken');
      }
      const all = tx as unknown as Kysely<WithEvents>;
      await all
        .insertInto('test_events')
        .values({ event: JSON.stringify(event) })
        .execute();
    },
    async events() {
      const all = store.read as unknown as Kysely<WithEvents>;
      const rows = await all.selectFrom('test_events').select('event').execute();
      return rows.map((row) => JSON.parse(row.event) as LedgerEvent);
    },
  };
}
