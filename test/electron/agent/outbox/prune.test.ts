// A desktop's own old records are pruned only when the receiver has had them for long and every sink has them; what is
// left verifies, and a receiver that lost what was pruned leads to an alarm, never to a stop.
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type StoredEpoch, sharedUpTo } from '#electron/agent/outbox/all-epochs.ts';
import { pruneOutbox } from '#electron/agent/outbox/prune-outbox.ts';
import { readKnown, writeKnown } from '#electron/agent/outbox/sync-row.ts';
import { outboxSource } from '#electron/agent/sinks/outbox-source.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { prunedLine } from '#shared/log/prune.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import type { DeliveredUpTo } from '#shared/sinks/sinks.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { backUpStore } from '#test/support/test-store.ts';
import { appendNumbered, numbersIn } from './open-test-outbox.ts';
import { atBroker, kindsOf, numbersOf, openSynced, type Synced, uidsOf } from './open-synced.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
const DEVICE = 'laptop';
const KEEP_MS = 60 * DAY_MS;
const NO_SINKS: DeliveredUpTo = { kind: 'no_sinks' };

let world: World;
let synced: Synced;
beforeEach(async () => {
  world = await openWorld();
  synced = await openSynced(world, { device: DEVICE });
});
afterEach(async () => {
  await synced.close();
  await world.close();
});

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** All that is in the log now is at the broker, and cosigned. */
async function isSynced(): Promise<void> {
  await vi.waitFor(async () => {
    const { cosigned } = await readKnown(synced.store.read, synced.outbox.log());
    expect(cosigned?.records).toBe(await synced.outbox.records());
  }, PATIENCE);
}

/** Records of now, at the broker. */
async function write(from: number, to: number): Promise<void> {
  await synced.store.transaction(async (tx) => {
    for (let number = from; number < to; number += 1)
      await synced.outbox.append(tx, { ...numberedOutboxEvent(number), atMs: world.clock.now() });
  });
  await isSynced();
}

async function prune(delivered: DeliveredUpTo = NO_SINKS, keepMs: number | null = KEEP_MS): Promise<number> {
  const { store, outbox } = synced;
  const pruned = await pruneOutbox({ store, outbox, clock: world.clock, delivered: async () => delivered }, keepMs);
  await outbox.log()?.settled();
  return pruned;
}

/** Its look at what the receiver has, and then so long that this is no longer new. */
async function mature(days: number): Promise<void> {
  await prune();
  world.clock.advance(days * DAY_MS);
}

async function nextEpoch(epoch: number, carrySequence: number): Promise<void> {
  await isSynced();
  const log = synced.outbox.log();
  const { witnessedRoot: root, cursor } = await readKnown(synced.store.read, log);
  await synced.outbox.openEpoch({
    code: 'restored',
    epoch,
    witnessed: { epoch: epoch - 1, size: cursor, root },
    carryFrom: { epoch: epoch - 1, sequence: carrySequence },
    except: new Set(),
  });
  await isSynced();
}

describe('what is pruned', () => {
  it('is old, was taken long ago, and is never among the newest; the log says how much, and verifies', async () => {
    await write(0, 200);
    await write(200, 1300);
    await prune();
    world.clock.advance(61 * DAY_MS);
    // Old enough, and taken for longer than the safety span: but a sink has the first 150 only.
    const log = synced.outbox.log();
    const at = { origin: log?.origin ?? '', epoch: 1 };
    const sinks: DeliveredUpTo = {
      kind: 'up_to',
      cursors: [
        { ...at, sequence: 1200 },
        { ...at, sequence: 149 },
      ],
    };
    expect(await prune({ kind: 'nothing' })).toBe(0);
    world.clock.advance(DAY_MS);
    expect(await prune(sinks)).toBe(150);
    // Once a day.
    expect(await prune()).toBe(0);
    world.clock.advance(DAY_MS);
    expect(await prune()).toBe(1301 - 1024 - 150);
    await isSynced();
    expect(await synced.sync.verifyNow()).toMatchObject({
      result: 'verified',
      records: 1302,
      verifiedRecords: 1302,
      prunedRecords: 277,
    });
    expect(await numbersIn(synced)).toEqual(upTo(1300).slice(277));
    const told = (await log?.records({ kinds: ['log.pruned'], limit: 5 })) ?? [];
    expect(told.map(({ canonical }) => (JSON.parse(canonical) as { unmapped: unknown }).unmapped)).toMatchObject([
      { data: { records: 150, oldRecords: 0, lastSequence: 149 } },
      { data: { records: 127, oldRecords: 0, lastSequence: 276 } },
    ]);
    const to = join(world.folder, 'export');
    await synced.outbox.exportTo(to);
    expect(expectOk(await verifyExport({ folder: to }))).toMatchObject({ records: 1302, pruned: 277 });
    // What the broker has is the broker's matter.
    expect(numbersOf(await atBroker(world, DEVICE))).toEqual(upTo(1300));
    const source = outboxSource(synced.store, synced.outbox);
    expect(await source.countAfter(null)).toBe(1302 - 277);
    expect((await source.after(null, 1))[0]?.at.sequence).toBe(277);
    expect(await source.at({ ...at, sequence: 3 })).toBeNull();

    // A body that went without a record of it is not pruned: it was taken away.
    const line = prunedLine((await leafOf(400)) ?? Buffer.alloc(0));
    await synced.store.transaction(
      async (tx) =>
        await sql`update outbox_records set kind = 'pruned', canonical = ${line} where sequence = 400`.execute(tx),
    );
    expect(await synced.sync.verifyNow()).toMatchObject({ result: 'failed', code: 'bodies_missing' });
  });

  async function leafOf(sequence: number): Promise<Uint8Array | undefined> {
    const { rows } = await sql<{ leaf: Uint8Array }>`
      select leaf_hash as leaf from outbox_records where sequence = ${sequence}
    `.execute(synced.store.read);
    return rows[0]?.leaf;
  }

  it('of earlier epochs goes too, once what was carried over was taken, and never what a sink lacks', async () => {
    await write(0, 6);
    await nextEpoch(2, 4);
    await mature(61);
    const { origin = '' } = synced.outbox.log() ?? {};
    // While it is not known what the receiver has of another key's log, all of it may have to follow.
    const owe = sql`insert into outbox_owed select origin, epoch, 0 from outbox_old_epochs`;
    await synced.store.transaction(async (tx) => await owe.execute(tx));
    expect(await prune({ kind: 'up_to', cursors: [{ origin, epoch: 1, sequence: 2 }] })).toBe(0);
    await synced.store.transaction(async (tx) => await sql`delete from outbox_owed`.execute(tx));
    world.clock.advance(DAY_MS);
    expect(await prune({ kind: 'up_to', cursors: [{ origin, epoch: 1, sequence: 2 }] })).toBe(3);
    world.clock.advance(DAY_MS);
    expect(await prune({ kind: 'up_to', cursors: [{ origin, epoch: 2, sequence: 0 }] })).toBe(3);
    const source = outboxSource(synced.store, synced.outbox);
    expect(await source.countAfter(null)).toBe((await source.after(null, 100)).length);
    expect((await source.after(null, 100)).map(({ at }) => at.epoch)).toEqual(Array(5).fill(2));
    // What a later epoch has is not carried over twice.
    await nextEpoch(3, 0);
    const sent = await atBroker(world, DEVICE);
    expect(numbersOf(sent)).toEqual([...upTo(6), 4, 5, 4, 5]);
    expect(kindsOf(sent)).not.toContain('log.records_lost');
  });

  it.each([
    ['nobody said how long', async () => await prune(NO_SINKS, null)],
    ['the receiver took it a moment ago', async () => await prune(NO_SINKS, 0)],
  ])('is nothing when %s', async (_name, work) => {
    await write(0, 1100);
    world.clock.advance(100 * DAY_MS);
    expect(await work()).toBe(0);
  });

  it('is nothing before the receiver has had it for the safety span, however short it is kept', async () => {
    await write(0, 1100);
    expect(await prune(NO_SINKS, 0)).toBe(0);
    world.clock.advance(29 * DAY_MS);
    expect(await prune(NO_SINKS, 0)).toBe(0);
    world.clock.advance(DAY_MS);
    expect(await prune(NO_SINKS, 0)).toBe(1100 - 1024);
  });

  it('is only what was cosigned, whatever else the receiver said that it took', async () => {
    await write(0, 1100);
    const log = synced.outbox.log();
    if (log === null) throw new Error('no log');
    await synced.store.transaction(async (tx) => {
      await writeKnown(tx, log, { ...(await readKnown(tx, log)), cosigned: { records: 30, atMs: world.clock.now() } });
    });
    await mature(61);
    expect(await prune()).toBe(30);
  });

  it('is nothing while an alarm stands, nor before the receiver has had it again for the whole span', async () => {
    await write(0, 1100);
    await mature(100);
    const log = synced.outbox.log();
    if (log === null) throw new Error('no log');
    const change = async (over: object): Promise<void> =>
      await synced.store.transaction(async (tx) => {
        await writeKnown(tx, log, { ...(await readKnown(tx, log)), ...over });
      });
    await change({ alarm: 'smaller' });
    expect(await prune()).toBe(0);
    // It lost what it had and is given it again: since now.
    await change({ alarm: null, cursor: 10 });
    await write(1100, 1101);
    world.clock.advance(DAY_MS);
    expect(await prune()).toBe(0);
    world.clock.advance(31 * DAY_MS);
    expect(await prune()).toBe(1101 - 1024);
  });
});

describe('a receiver that lost what was pruned', () => {
  async function backUp(): Promise<() => Promise<void>> {
    await world.stop();
    const putBack = await backUpStore(join(world.folder, 'state', 'broker.sqlite'));
    await world.start();
    return async () => {
      await world.stop();
      await putBack();
      await world.start({ restored: true });
    };
  }

  it('is given everything else in a new epoch, and a person ends the alarm', async () => {
    await write(0, 20);
    const putBack = await backUp();
    await write(20, 1200);
    await mature(61);
    expect(await prune()).toBe(1200 - 1024);
    await isSynced();
    await putBack();
    synced.sync.hurry();
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code: 'records_lost' }), PATIENCE);
    const arrived = upTo(1200).filter((number) => number < 20 || number >= 176);
    await vi.waitFor(async () => expect(numbersOf(await atBroker(world, DEVICE))).toEqual(arrived), PATIENCE);
    expect(await synced.sync.acceptLedger()).toEqual({ ok: true, value: null });
    await appendNumbered(synced, 1200, 1201);
    await isSynced();
    const there = await atBroker(world, DEVICE);
    expect(new Set(uidsOf(there)).size).toBe(there.length);
    const lost = there.filter((record) => kindsOf([record])[0] === 'log.records_lost');
    expect(lost.map((record) => (JSON.parse(record) as { unmapped: unknown }).unmapped)).toMatchObject([
      { data: { records: 156 } },
    ]);
    expect(await synced.sync.verifyNow()).toMatchObject({ result: 'verified', prunedRecords: 0 });
  });

  it('is found out also where the records are of a key that is not this desktop’s any more', async () => {
    await write(0, 5);
    await synced.close();
    // Everything the broker has is lost, and another key signs.
    synced = await openSynced(world, { device: 'laptop-2', file: `${DEVICE}.db` });
    await isSynced();
    await mature(61);
    expect(await prune()).toBe(5);
    await isSynced();
    const lose = sql`delete from desktop_records where epoch = 1 and sequence in (1, 2) and canonical like '%crd_%'`;
    await world.store().transaction(async (tx) => await lose.execute(tx));
    // As after another change of the key: it is asked what is there.
    const forget = sql`insert into outbox_owed select origin, epoch, 0 from outbox_old_epochs`;
    await synced.store.transaction(async (tx) => await forget.execute(tx));
    synced.sync.hurry();
    await appendNumbered(synced, 5, 6);
    await vi.waitFor(() => expect(synced.sync.state()).toMatchObject({ code: 'records_lost' }), PATIENCE);
  });
});

it('order of epochs is that of their writing, not of their numbers', () => {
  const epoch = (origin: string, number: number): StoredEpoch => ({
    origin,
    epoch: number,
    size: 10,
    isCurrent: false,
  });
  const epochs = [epoch('a', 1), epoch('a', 2), epoch('b', 1)];
  const at = (origin: string, number: number, sequence = 4) => ({ origin, epoch: number, sequence });
  // A sink at b/1 has all of a/2, whatever the numbers say.
  expect(sharedUpTo(epochs, 1, [at('b', 1)])).toBe(Number.MAX_SAFE_INTEGER);
  expect(sharedUpTo(epochs, 2, [at('a', 2)])).toBe(0);
  expect(sharedUpTo(epochs, 2, [at('b', 1), at('b', 1, 7)])).toBe(5);
  expect(sharedUpTo(epochs, 0, [at('c', 9)])).toBe(0);
});
