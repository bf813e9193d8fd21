// Opens a real outbox on a real store for the tests of this folder, beside a table of somebody else's.
import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { outboxMigrations } from '#electron/agent/outbox/migrations.ts';
import { openOutbox, type OutboxOptions } from '#electron/agent/outbox/open-outbox.ts';
import { deskSinkMigrations } from '#electron/agent/sinks/tables.ts';
import type { Outbox } from '#electron/agent/outbox/outbox.ts';
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import type { Migrations } from '#shared/store/migrate.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Store } from '#shared/store/store.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';

export type CopyTables = { copies: { id: string } };

/** A table of another part of the agent, in the same file. */
const copyMigrations: Migrations = {
  'copies-0001': {
    up: async (db: Kysely<unknown>) => {
      await db.schema
        .createTable('copies')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .execute();
    },
  },
};

export const NOW_MS = 1_795_305_600_000;
export const SIGNER = logSigner(new Uint8Array(32).fill(11));
export const anotherSigner = (): LogSigner => logSigner(randomBytes(32));

export type TestOutbox = {
  readonly store: Store<CopyTables>;
  readonly outbox: Outbox;
  readonly close: () => Promise<void>;
};

export function openAgentStore(path = ':memory:'): Promise<Store<CopyTables>> {
  return openSqlite<CopyTables>({
    path,
    migrations: { ...copyMigrations, ...outboxMigrations, ...deskSinkMigrations },
  });
}

export async function openTestOutbox(path = ':memory:', options: Partial<OutboxOptions> = {}): Promise<TestOutbox> {
  const store = await openAgentStore(path);
  try {
    const outbox = await openOutbox({
      store,
      clock: { now: () => NOW_MS },
      bootId: 'boot_test',
      signer: SIGNER,
      ...options,
    });
    return {
      store,
      outbox,
      async close() {
        await outbox.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Intent and record together: a row and its event in one transaction. */
export async function appendNumbered({ store, outbox }: TestOutbox, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number += 1) {
    await store.transaction(async (tx) => {
      await tx
        .insertInto('copies')
        .values({ id: `crd_${number}` })
        .execute();
      await outbox.append(tx, numberedOutboxEvent(number));
    });
  }
  await outbox.log()?.settled();
}

/** The numbers of the events in the log, in order. */
export async function numbersIn({ outbox }: Pick<TestOutbox, 'outbox'>): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let after = -1; ;) {
    const page = (await outbox.log()?.records({ afterSequence: after, limit: 1000 })) ?? [];
    const last = page.at(-1);
    if (last === undefined) return numbers;
    after = last.sequence;
    for (const { canonical } of page) {
      const match = /"credential":"crd_(\d+)"/.exec(canonical);
      if (match !== null) numbers.push(Number(match[1]));
    }
  }
}

export async function rowCount(store: Store<CopyTables>, table: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(store.read);
  return rows[0]?.count ?? 0;
}
