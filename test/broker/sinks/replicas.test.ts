import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readRecord } from '#shared/audit/record-fields.ts';
import { openPostgres } from '#shared/store/postgres.ts';
import type { SinkTimes } from '#shared/sinks/times.ts';
import { ledgerMigrations } from '#broker/ledger/migrations.ts';
import { openLedgerSinks, type LedgerSinks } from '#broker/sinks/ledger-sinks.ts';
import { sinkMigrations } from '#broker/sinks/tables.ts';
import type { Tables } from '#broker/store.ts';
import { accept, neverAnswer, openReceiver, type Receiver } from '#test/support/hostile-receiver.ts';
import { startPostgres, type TestPostgres } from '#test/support/postgres.ts';
import { QUICK } from '#test/support/sink-log.ts';
import { arrivals, otlpBodies } from '#test/support/sink-readings.ts';
import { openTestLedger, type TestLedger } from '../ledger/open-test-ledger.ts';
import { numberedEvent } from '../ledger/sample-events.ts';

type Replica = TestLedger & { readonly name: string; readonly sinks: LedgerSinks };

let postgres: TestPostgres;
let url: string;
let receiver: Receiver;
let folder: string;
const running = new Set<Replica>();

beforeAll(async () => {
  postgres = await startPostgres();
  folder = mkdtempSync(join(tmpdir(), 'daypass-sinks-'));
});
afterAll(async () => {
  await postgres.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  url = await postgres.freshDatabase();
  receiver = await openReceiver();
});
afterEach(async () => {
  for (const replica of running) await stop(replica);
  await receiver.close();
});

async function start(name: string, times: Partial<SinkTimes>): Promise<Replica> {
  const migrations = { ...ledgerMigrations, ...sinkMigrations };
  const store = await openPostgres<Tables>({ url, migrations });
  const opened = await openTestLedger(url, { store });
  const sinks = await openLedgerSinks({
    store,
    ledger: opened.ledger,
    clock: { now: () => Date.now() },
    sinks: [
      {
        kind: 'otlp',
        name: 'siem',
        url: `${receiver.url}/v1/logs`,
        header: { name: 'X-Replica', value: 'env:REPLICA' },
      },
    ],
    dataFolder: folder,
    secret: () => Promise.resolve(name),
    onTrouble: () => undefined,
    times: { ...QUICK, lookMs: 50, ...times },
  });
  const replica = { ...opened, name, sinks };
  running.add(replica);
  return replica;
}

async function stop(replica: Replica): Promise<void> {
  running.delete(replica);
  await replica.sinks.close();
  await replica.close();
}

let appended = 0;
async function append({ store, ledger }: Replica, records: number): Promise<void> {
  for (let count = 0; count < records; count += 1) {
    appended += 1;
    const event = numberedEvent(appended);
    await store.transaction((tx) => ledger.append(tx, event));
  }
}

const patient = { timeout: 30_000, interval: 20 };
const uids = async ({ ledger }: Replica): Promise<readonly string[]> =>
  (await ledger.records({ limit: 1000 })).map(({ canonical }) => readRecord(canonical)?.uid ?? '');
const hasAll = async (replica: Replica): Promise<void> => {
  const all = await uids(replica);
  await expect.poll(() => arrivals(receiver.taken, otlpBodies), patient).toEqual(all);
};
const senders = (): readonly string[] => [...new Set(receiver.calls.map(({ headers }) => headers['x-replica'] ?? ''))];

describe('replicas that share a ledger', () => {
  it('send what any of them records, one of them for all, and each knows how far it is', async () => {
    const lasting = { leaseMs: 600_000 };
    const one = await start('one', lasting);
    const two = await start('two', lasting);
    await append(one, 5);
    await append(two, 5);
    await hasAll(two);
    expect(senders()).toEqual(['one']);
    await expect.poll(() => two.sinks.status()[0]?.state, patient).toEqual({ kind: 'synced' });
    // Who stops lets go at once: the other does not wait for the lease to run out.
    await stop(one);
    await append(two, 5);
    // By a timer of a third of the lease it would take too long.
    await two.sinks.reread();
    await hasAll(two);
    expect(senders()).toEqual(['one', 'two']);
    expect((await uids(two)).length).toBe(16);
  });

  it('go on for one that died in the middle of a delivery, and lose nothing', async () => {
    const short = { leaseMs: 600 };
    const one = await start('one', short);
    receiver.behave(neverAnswer(true));
    await append(one, 5);
    await expect.poll(() => receiver.calls.length, patient).toBeGreaterThan(0);
    // It holds its lease, and its database is gone for it.
    await one.store.close();
    receiver.behave(accept());
    const two = await start('two', short);
    await append(two, 3);
    await hasAll(two);
    await expect
      .poll(async () => await two.sinks.deliveredUpTo(), patient)
      .toMatchObject({ kind: 'up_to', cursors: [{ sequence: 8 }] });
  });
});
