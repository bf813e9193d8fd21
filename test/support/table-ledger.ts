// A small real ledger for tests of other modules: `append` writes a row in the caller's own transaction, so that what
// `events` gives is what was committed. It has no tree, no checkpoint and no proofs.
import { sql } from 'kysely';
import type { LedgerEvent, AuditEventOf, LedgerKind } from '#shared/domain/audit-event.ts';
import { identityColumn } from '#shared/store/identity-column.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { BrokerStore } from '#broker/store.ts';

export const tableLedgerMigrations: Migrations = {
  'table-ledger-0001': {
    async up(db) {
      const id = identityColumn(db);
      await db.schema
        .createTable('test_events')
        .addColumn('id', id.type, id.build)
        .addColumn('event', 'text')
        .execute();
    },
  },
};

export type TableLedger = Ledger & {
  readonly events: () => Promise<readonly LedgerEvent[]>;
  readonly eventsOf: <K extends LedgerKind>(kind: K) => Promise<readonly AuditEventOf<K>[]>;
  /** From now on (or no more) every append of this kind fails. */
  failOn: LedgerKind | null;
};

const without = (): never => {
  throw new Error('this ledger only appends');
};

export function createTableLedger(store: () => BrokerStore): TableLedger {
  const events = async (): Promise<readonly LedgerEvent[]> => {
    const { rows } = await sql<{ event: string }>`select event from test_events order by id`.execute(store().read);
    return rows.map((row) => JSON.parse(row.event) as LedgerEvent);
  };
  return {
    origin: 'test',
    epoch: 1,
    keyFingerprint: '',
    firstKeyFingerprint: '',
    rotations: without,
    publicKeyPem: () => '',
    failOn: null,
    async append(tx, ...appended) {
      if (appended.some(({ kind }) => kind === this.failOn)) throw new Error('the ledger is told to fail');
      for (const event of appended)
        await sql`insert into test_events (event) values (${JSON.stringify(event)})`.execute(tx);
    },
    events,
    eventsOf: async <K extends LedgerKind>(kind: K) =>
      (await events()).filter((event): event is AuditEventOf<K> & LedgerEvent => event.kind === kind),
    wake: without,
    size: without,
    settled: without,
    checkpoint: without,
    records: without,
    countAfter: without,
    inclusionProof: without,
    consistencyProof: without,
    openPersonal: without,
    exportTo: without,
    subscribe: without,
    close: () => Promise.resolve(),
  };
}
