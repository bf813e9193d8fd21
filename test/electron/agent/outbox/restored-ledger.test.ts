// A broker whose ledger was put back to a backup: announced, it is told to a person and gets back what it lost of this
// desktop's records, once; not announced, forged or replayed, it stays an alarm.
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { keepHead, readLedgerHistory } from '#electron/agent/outbox/ledger-history.ts';
import { readKnown } from '#electron/agent/outbox/sync-row.ts';
import { openCheckpoint, signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { err, ok } from '#shared/domain/result.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { backUpStore } from '#test/support/test-store.ts';
import { appendNumbered } from './open-test-outbox.ts';
import { atBroker, kindsOf, numbersOf, openSynced, type Synced, type SyncedOptions, uidsOf } from './open-synced.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };
const DEVICE = 'laptop';
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

let world: World;
const open: Synced[] = [];
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await closeAll();
  await world.close();
});

async function closeAll(): Promise<void> {
  for (const { close } of open.splice(0)) await close();
}

async function openHere(between?: SyncedOptions['between']): Promise<Synced> {
  const opened = await openSynced(world, { device: DEVICE, ...(between === undefined ? {} : { between }) });
  open.push(opened);
  return opened;
}

async function isSynced(synced: Synced): Promise<void> {
  await vi.waitFor(async () => {
    expect(synced.sync.state().kind).toBe('synced');
    expect(synced.sync.verification().cosigned?.records).toBe(await synced.outbox.records());
  }, PATIENCE);
}

/** Records of a while later, at the broker. */
async function write(synced: Synced, from: number, to: number): Promise<void> {
  world.clock.advance(10 * MINUTE_MS);
  await appendNumbered(synced, from, to);
  await isSynced(synced);
}

async function backUp(): Promise<() => Promise<void>> {
  await world.stop();
  const putBack = await backUpStore(join(world.folder, 'state', 'broker.sqlite'));
  await world.start();
  return async () => {
    await world.stop();
    await putBack();
    world.clock.advance(HOUR_MS);
    await world.start({ restored: true });
  };
}

const head = async () => {
  const note = (await world.broker().ledger.checkpoint()) ?? '';
  return { note, ...expectOk(openCheckpoint(note, logSigner(world.keys.ledger).publicKey)) };
};
const there = (): Promise<readonly string[]> => atBroker(world, DEVICE);
const restoredOf = ({ sync }: Synced) => sync.verification().restored;

async function isTold(synced: Synced): Promise<void> {
  await vi.waitFor(() => expect(restoredOf(synced)).not.toBeNull(), PATIENCE);
  await isSynced(synced);
}

/** Nothing lost, nothing doubled, in the order of writing. */
async function hasAll(count: number): Promise<void> {
  const arrived = await there();
  expect(numbersOf(arrived)).toEqual(upTo(count));
  expect(new Set(uidsOf(arrived)).size).toBe(arrived.length);
}

describe('an announced restore', () => {
  it('is told with what it lost and how far it agrees, and the desktop gives back what is missing, once', async () => {
    const synced = await openHere();
    await write(synced, 0, 5);
    const putBack = await backUp();
    const inBackup = await head();
    const backupAtMs = world.clock.now();
    await write(synced, 5, 12);
    const lost = await head();
    await putBack();
    // Nobody writes anything: it is found out because somebody looks.
    synced.sync.hurry();
    await isTold(synced);
    await hasAll(12);
    const told = restoredOf(synced);
    expect(told).toMatchObject({ restores: 1, sentAgain: 7 });
    expect(told?.backupAtMs).toBeLessThanOrEqual(backupAtMs);
    expect(told?.keptRecords).toBeLessThan(lost.size);
    expect(told?.keptRecords).toBeGreaterThanOrEqual(inBackup.size - 2);
    expect(told?.agreedRecords).toBeGreaterThan(0);
    expect(told?.agreedRecords).toBeLessThanOrEqual(told?.keptRecords ?? 0);
    expect(told?.seenRecords).toBeGreaterThan(told?.keptRecords ?? 0);
    const kinds = kindsOf(await there());
    expect(kinds.filter((kind) => kind === 'checkpoint.restored')).toHaveLength(1);
    expect(kinds).not.toContain('checkpoint.regressed');

    expect(await synced.sync.acceptLedger()).toEqual(ok(null));
    await isSynced(synced);
    expect(restoredOf(synced)).toBeNull();
    expect(kindsOf(await there())).toContain('checkpoint.restore_read');
    expect(await synced.sync.acceptLedger()).toEqual(err('no_alarm'));
    await write(synced, 12, 14);
    await hasAll(14);
  });

  it('is told after a restart of the desktop too, until somebody has read it', async () => {
    const synced = await openHere();
    await write(synced, 0, 3);
    const putBack = await backUp();
    await write(synced, 3, 6);
    await closeAll();
    await putBack();
    const again = await openHere();
    await isTold(again);
    await closeAll();
    const third = await openHere();
    expect(restoredOf(third)).toMatchObject({ restores: 1, sentAgain: 3 });
    await hasAll(6);
  });

  it('that lost nothing which this desktop had seen says so, and sends nothing again', async () => {
    const synced = await openHere();
    await write(synced, 0, 3);
    const putBack = await backUp();
    await putBack();
    synced.sync.hurry();
    await isTold(synced);
    const told = restoredOf(synced);
    expect(told?.sentAgain).toBe(0);
    expect(told?.seenRecords).toBeLessThanOrEqual(told?.keptRecords ?? 0);
    expect(told?.agreedRecords).toBe(told?.seenRecords);
    await hasAll(3);
  });

  it('from before this desktop was known gets the whole log of it', async () => {
    const putBack = await backUp();
    const synced = await openHere();
    await write(synced, 0, 4);
    await putBack();
    // Its key is enrolled again by whoever signs in there.
    await world.as('ana', DEVICE);
    synced.sync.hurry();
    await isTold(synced);
    expect(restoredOf(synced)).toMatchObject({ agreedRecords: 0 });
    await hasAll(4);
  });
});

describe('checkpoints that were kept', () => {
  it('get fewer the older they are, and never all of an hour or of a name', async () => {
    const synced = await openHere();
    await write(synced, 0, 1);
    const { store } = synced;
    const key = (await readKnown(store.read, null)).ledger?.key ?? '';
    const signer = logSigner(world.keys.ledger);
    const startMs = world.clock.now() - 20 * DAY_MS;
    const keep = async (origin: string, size: number, atMs: number): Promise<void> => {
      const checkpoint = signCheckpoint({ origin, size, root: Buffer.alloc(32) }, signer);
      await store.transaction((tx) => keepHead(tx, { key, checkpoint }, atMs));
    };
    await keep('daypass.ledger/other', 1, startMs);
    for (let at = 0; at < 200; at += 1) await keep('daypass.ledger/one', at + 1, startMs + at * 6 * MINUTE_MS);
    const rows = async (): Promise<readonly { readonly origin: string; readonly size: number }[]> =>
      (await readLedgerHistory(store.read, null)).heads.filter(({ origin }) => origin !== synced.outbox.log()?.origin);
    expect((await rows()).filter(({ origin }) => origin.endsWith('one'))).toHaveLength(200);
    await store.transaction(async (tx) => {
      await sql`
        with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 5000)
        insert into outbox_ledger_heads (line, origin, size, note, seen_at_ms)
        select 0, 'filler', n, 'n', ${startMs + 19 * DAY_MS} from counted
      `.execute(tx);
    });
    await keep('daypass.ledger/one', 1000, startMs + 20 * DAY_MS);
    const left = await rows();
    // 200 times six minutes touch at most two days, of which one each is left, and the newest.
    expect(left.filter(({ origin }) => origin.endsWith('one')).map(({ size }) => size)).toContain(200);
    expect(left.filter(({ origin }) => origin.endsWith('one')).length).toBeLessThanOrEqual(3);
    expect(left.filter(({ origin }) => origin.endsWith('other'))).toHaveLength(1);
    expect(left.filter(({ origin }) => origin === 'filler')).toHaveLength(1);
  });
});

describe('two restores in a row', () => {
  it.each([
    ['of the same backup, both seen', 'same', true],
    ['of the same backup, this desktop away during both', 'same', false],
    ['of a backup of the restored one, both seen', 'later', true],
    ['of a backup of the restored one, this desktop away during both', 'later', false],
  ] as const)('%s', async (_what, second, isSeen) => {
    let synced = await openHere();
    await write(synced, 0, 4);
    const putBack = await backUp();
    await write(synced, 4, 8);
    if (!isSeen) await closeAll();
    await putBack();
    if (isSeen) {
      synced.sync.hurry();
      await isTold(synced);
      await write(synced, 8, 9);
    }
    const again = second === 'same' ? putBack : await backUp();
    if (isSeen) await write(synced, 9, 11);
    await again();
    if (isSeen) synced.sync.hurry();
    else synced = await openHere();
    // The same backup twice leaves one announcement: the other went with what it announced.
    const restores = isSeen || second === 'later' ? 2 : 1;
    await vi.waitFor(() => expect(restoredOf(synced)).toMatchObject({ restores }), PATIENCE);
    await isSynced(synced);
    await hasAll(isSeen ? 11 : 8);
    expect(kindsOf(await there())).not.toContain('checkpoint.regressed');
  });
});

describe('a ledger under another name', () => {
  /** What a lying broker says instead, while it does. */
  async function openLiedTo(lies: () => Partial<AuditClient>): Promise<Synced> {
    return await openHere((client) => ({
      ...client,
      appendAudit: (body) => (lies().appendAudit ?? client.appendAudit)(body),
      checkpoint: () => (lies().checkpoint ?? client.checkpoint)(),
      epochs: () => (lies().epochs ?? client.epochs)(),
      inclusion: (sequence, size) => (lies().inclusion ?? client.inclusion)(sequence, size),
      consistency: (from, to) => (lies().consistency ?? client.consistency)(from, to),
    }));
  }

  it.each([
    ['that announces nothing', (): Partial<AuditClient> => ({ epochs: async () => ok({ epochs: [] }) })],
    [
      'whose announcement tells of another backup than it has',
      (client: AuditClient): Partial<AuditClient> => ({
        epochs: async () => {
          const told = expectOk(await client.epochs());
          return ok({ epochs: told.epochs.map((record) => record.replace('"keptAtMs":1', '"keptAtMs":2')) });
        },
      }),
    ],
    [
      'whose announcement follows another ledger',
      (client: AuditClient): Partial<AuditClient> => ({
        epochs: async () => {
          const told = expectOk(await client.epochs());
          const from = (record: string): string => readRecord(record)?.origin.split('/2.')[0] ?? '';
          return ok({
            epochs: told.epochs.map((record) => record.replaceAll(from(record), 'daypass.ledger/somebody-elses')),
          });
        },
      }),
    ],
    ['that proves nothing', (): Partial<AuditClient> => ({ inclusion: async () => ok({ hashes: [] }) })],
  ])('%s is an alarm', async (_what, lie) => {
    let lies: Partial<AuditClient> = {};
    const synced = await openLiedTo(() => lies);
    await write(synced, 0, 3);
    const putBack = await backUp();
    await write(synced, 3, 5);
    await putBack();
    lies = lie(await world.as('ana', DEVICE));
    synced.sync.hurry();
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code: 'another_ledger' }), PATIENCE);
    expect(restoredOf(synced)).toBeNull();
    // An alarm stays one, whatever is announced later; records arrive all the same.
    lies = {};
    synced.sync.hurry();
    await vi.waitFor(() => hasAll(5), PATIENCE);
    expect(synced.sync.state()).toMatchObject({ kind: 'alarm' });
    expect(await synced.sync.acceptLedger()).toEqual(ok(null));
    await isSynced(synced);
  });

  it('that was announced and gone on from is an alarm when it is shown again', async () => {
    let lies: Partial<AuditClient> = {};
    const synced = await openLiedTo(() => lies);
    await write(synced, 0, 3);
    const putBack = await backUp();
    await putBack();
    synced.sync.hurry();
    await isTold(synced);
    const replayed = await recordedAnswers();
    const backUpOfSecond = await backUp();
    await backUpOfSecond();
    synced.sync.hurry();
    await vi.waitFor(() => expect(restoredOf(synced)).toMatchObject({ restores: 2 }), PATIENCE);
    await isSynced(synced);
    lies = replayed;
    synced.sync.hurry();
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code: 'another_ledger' }), PATIENCE);
  });

  it('that was announced to others while this desktop was away is an alarm once it knows of a later one', async () => {
    let lies: Partial<AuditClient> = {};
    const synced = await openLiedTo(() => lies);
    await write(synced, 0, 3);
    const putBack = await backUp();
    await closeAll();
    await putBack();
    const replayed = await recordedAnswers();
    await putBack();
    const again = await openLiedTo(() => lies);
    await isTold(again);
    lies = replayed;
    again.sync.hurry();
    await vi.waitFor(() => expect(again.sync.state()).toEqual({ kind: 'alarm', code: 'another_ledger' }), PATIENCE);
    expect(restoredOf(again)).toMatchObject({ restores: 1 });
  });

  /** All that this broker says of its ledger now, each word of it true and signed. */
  async function recordedAnswers(): Promise<Partial<AuditClient>> {
    const client = await world.as('ana', DEVICE);
    const { note, size } = await head();
    const epochs = await client.epochs();
    const inclusions = new Map<number, Awaited<ReturnType<AuditClient['inclusion']>>>();
    const consistencies = new Map<number, Awaited<ReturnType<AuditClient['consistency']>>>();
    for (let at = 0; at < size; at += 1) inclusions.set(at, await client.inclusion(at, size));
    for (let from = 1; from <= size; from += 1) consistencies.set(from, await client.consistency(from, size));
    return {
      appendAudit: async (body) => ok({ ...expectOk(await client.appendAudit(body)), ledgerCheckpoint: note }),
      epochs: async () => epochs,
      inclusion: async (sequence) => inclusions.get(sequence) ?? ok({ hashes: [] }),
      consistency: async (from) => consistencies.get(from) ?? ok({ hashes: [] }),
    };
  }
});
