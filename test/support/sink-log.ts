// A log to be sent, in a real store: records appear in it when a spec says so.
import { join } from 'node:path';
import { sql } from 'kysely';
import { logSigner } from '#shared/audit/log-key.ts';
import { addPublicKey, createLogTables } from '#shared/log/create-tables.ts';
import type { Log } from '#shared/log/log.ts';
import { logTables } from '#shared/log/log-tables.ts';
import { openLog } from '#shared/log/open-log.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { LogRecord } from '#shared/log/log.ts';
import { openSinks } from '#shared/sinks/open-sinks.ts';
import type { DeadLettered, OpenedSink, Sinks, SinkSource, SourcedRecord } from '#shared/sinks/sinks.ts';
import { createSinkTables, sinkTables } from '#shared/sinks/tables.ts';
import type { SinkTimes } from '#shared/sinks/times.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Store } from '#shared/store/store.ts';
import type { Transaction } from 'kysely';
import { privateFolder } from '../shared/store/open-test-store.ts';

type Tx = Transaction<unknown>;

const TABLES = logTables('audit');
export const SINK_TABLES = sinkTables('audit');

/** Everything that waits in a product waits here for milliseconds. */
export const QUICK: Partial<SinkTimes> = {
  gatherMs: 1,
  firstRetryMs: 2,
  firstSlowRetryMs: 4,
  lastRetryMs: 20,
  mostRetryAfterMs: 30,
  // No receiver of a spec is late because the machine is busy; those that are meant to be are tried with `HASTY`.
  connectMs: 60_000,
  answerMs: 60_000,
  lookMs: 10,
  closeMs: 2_000,
};

/** For receivers that never answer. */
export const HASTY: Partial<SinkTimes> = { connectMs: 100, answerMs: 100 };

export type SinkLog = {
  readonly folder: string;
  readonly store: Store<unknown>;
  readonly log: Log<Tx, LedgerEvent>;
  readonly source: SinkSource;
  /** Appends so many records and waits until they have their places. */
  readonly grow: (records: number) => Promise<void>;
  /** The ids of all records, in order. */
  readonly uids: () => Promise<readonly string[]>;
  readonly open: (sinks: readonly OpenedSink[], options?: Options) => Promise<Sinks>;
  readonly dead: () => readonly DeadLettered[];
  /** All rows that sinks keep. */
  readonly everythingStored: () => Promise<{ readonly rows: readonly unknown[] }>;
  readonly troubles: readonly unknown[];
  readonly close: () => Promise<void>;
};

type Options = { readonly times?: Partial<SinkTimes>; readonly authorities?: readonly string[] };

/** `folder`: of a log that goes on; absent: a new one, gone with its close. */
export async function openSinkLog(folder?: string): Promise<SinkLog> {
  const place = folder === undefined ? privateFolder() : { folder, remove: () => undefined };
  const store = await openSqlite<unknown>({
    path: join(place.folder, 'log.db'),
    migrations: {
      'log-0001': {
        up: async (db) => {
          await createLogTables(db, TABLES);
          await addPublicKey(db, TABLES);
          await createSinkTables(db, SINK_TABLES);
        },
      },
    },
  });
  const signer = logSigner(new Uint8Array(32).fill(7));
  const log = await openLog<Tx, LedgerEvent>({
    store,
    tables: TABLES,
    origin: 'daypass.ledger/test',
    signer,
    bootId: 'boot',
    seal: () => Promise.resolve(null),
  });
  const source = sourceOf(log);
  const opened: Sinks[] = [];
  const dead: DeadLettered[] = [];
  const troubles: unknown[] = [];
  let written = 0;
  return {
    folder: place.folder,
    store,
    log,
    source,
    troubles,
    dead: () => dead,
    async grow(records) {
      await store.transaction(async (tx) => {
        for (let count = 0; count < records; count += 1) {
          written += 1;
          await log.append(tx, nudge(written));
        }
      });
      await log.settled();
    },
    uids: async () => {
      const { rows } = await sql<{ canonical: string }>`
        select canonical from ${sql.table(TABLES.records)} order by sequence
      `.execute(store.read);
      return rows.map(({ canonical }) => readRecord(canonical)?.uid ?? '');
    },
    async open(sinks, options = {}) {
      const { times, ...rest } = options;
      const one = await openSinks<Tx>({
        store,
        tables: SINK_TABLES,
        source,
        sinks,
        clock: { now: () => Date.now() },
        service: { name: 'daypass-broker', version: '1.2.3' },
        onDeadLettered: (_tx, letters) => {
          dead.push(letters);
          return Promise.resolve();
        },
        onTrouble: (error) => void troubles.push(error),
        times: { ...QUICK, ...times },
        ...rest,
      });
      opened.push(one);
      return one;
    },
    everythingStored: async () => {
      const { cursors, deadLetters } = SINK_TABLES;
      const kept = await sql`select * from ${sql.table(cursors)}`.execute(store.read);
      const dead = await sql`select * from ${sql.table(deadLetters)}`.execute(store.read);
      return { rows: [...kept.rows, ...dead.rows] };
    },
    async close() {
      for (const sinks of opened) await sinks.close();
      await log.close();
      await store.close();
      place.remove();
    },
  };
}

function sourceOf(log: Log<Tx, LedgerEvent>): SinkSource {
  return {
    after: async (cursor, limit) =>
      (await log.records({ afterSequence: cursor?.sequence ?? -1, limit, asAnnounced: true })).map(sourced),
    countAfter: (cursor) => Promise.resolve(log.size() - 1 - (cursor?.sequence ?? -1)),
    at: async ({ sequence }) => {
      const [record] = await log.records({ afterSequence: sequence - 1, limit: 1, asAnnounced: true });
      return record?.sequence === sequence ? sourced(record) : null;
    },
    checkpoint: log.checkpoint,
    subscribe: (listener) => log.subscribe(() => listener()),
  };
}

function sourced({ canonical, sequence }: LogRecord): SourcedRecord {
  const fields = readRecord(canonical);
  if (fields === null) throw new Error('not a record of ours');
  return { at: { origin: fields.origin, epoch: fields.epoch, sequence }, uid: fields.uid, canonical };
}

function nudge(count: number): LedgerEvent {
  return {
    kind: 'request.nudged',
    atMs: 1_700_000_000_000 + count,
    actor: 'broker',
    subject: null,
    resource: null,
    requestId: `req_${count}`,
    grantId: null,
    outcome: 'success',
    data: { count },
  };
}
