// A broker whose ledger got another key: followed by what both keys signed, whenever the desktop comes back; a key that
// the kept one did not hand over to stays an alarm, whatever is said with it.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { readKnown } from '#electron/agent/outbox/sync-row.ts';
import { openCheckpoint, signCheckpoint } from '#shared/audit/checkpoint.ts';
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import { logHashes, readFrontier, subtreeReader } from '#shared/log/tree-reading.ts';
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { ok } from '#shared/domain/result.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { backUpStore } from '#test/support/test-store.ts';
import { appendNumbered } from './open-test-outbox.ts';
import { atBroker, kindsOf, numbersOf, openSynced, type Synced, uidsOf } from './open-synced.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };
const DEVICE = 'laptop';
const seedOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

let world: World;
let seeds: Uint8Array[];
let open: Synced[];
let lies: Partial<AuditClient>;

beforeEach(async () => {
  world = await openWorld();
  seeds = [world.keys.ledger];
  open = [];
  lies = {};
});
afterEach(async () => {
  await closeAll();
  await world.close();
});

async function closeAll(): Promise<void> {
  for (const { close } of open.splice(0)) await close();
}

async function openHere(): Promise<Synced> {
  const between = (client: AuditClient): AuditClient => ({
    ...client,
    appendAudit: (body) => (lies.appendAudit ?? client.appendAudit)(body),
    checkpoint: () => (lies.checkpoint ?? client.checkpoint)(),
    rotations: () => (lies.rotations ?? client.rotations)(),
    ledgerKey: () => (lies.ledgerKey ?? client.ledgerKey)(),
  });
  const opened = await openSynced(world, { device: DEVICE, between });
  open.push(opened);
  return opened;
}

const ledgerKey = (): LogSigner => logSigner(seeds.at(-1) ?? seedOf(0));

/** Starts as configured: the newest key, and all others as earlier ones. */
async function start(restored = false): Promise<void> {
  const [ledger = seedOf(0), ...previousLedgerKeys] = seeds.toReversed();
  await world.start({ keys: { ...world.keys, ledger }, previousLedgerKeys, restored });
}

async function rotate(byte: number): Promise<void> {
  await world.stop();
  seeds.push(seedOf(byte));
  await start();
}

async function isSynced(synced: Synced): Promise<void> {
  await vi.waitFor(async () => {
    expect(synced.sync.state().kind).toBe('synced');
    expect(synced.sync.verification().cosigned?.records).toBe(await synced.outbox.records());
  }, PATIENCE);
}

async function write(synced: Synced, from: number, to: number): Promise<void> {
  await appendNumbered(synced, from, to);
  await isSynced(synced);
}

const kept = async ({ store }: Synced) => (await readKnown(store.read, null)).ledger;
const there = (): Promise<readonly string[]> => atBroker(world, DEVICE);
const changes = async (): Promise<readonly unknown[]> =>
  (await there())
    .filter((record) => record.includes('"checkpoint.key_rotated"'))
    .map((record) => JSON.parse(record).unmapped.data);

async function follows(synced: Synced): Promise<void> {
  synced.sync.hurry();
  await vi.waitFor(async () => expect((await kept(synced))?.key).toBe(ledgerKey().publicKey.pem), PATIENCE);
  await isSynced(synced);
}

describe('a ledger that got another key', () => {
  it('is followed at once, and over several changes by who was away', async () => {
    let synced = await openHere();
    await write(synced, 0, 3);
    const { fingerprint: firstKey } = ledgerKey().publicKey;
    await rotate(1);
    await follows(synced);
    expect(await changes()).toMatchObject([
      { oldKey: firstKey, newKey: ledgerKey().publicKey.fingerprint, rotations: 1 },
    ]);
    await write(synced, 3, 5);
    await closeAll();
    await rotate(2);
    await rotate(3);
    synced = await openHere();
    await write(synced, 5, 6);
    await follows(synced);
    expect(await changes()).toMatchObject([
      { rotations: 1 },
      { newKey: ledgerKey().publicKey.fingerprint, rotations: 2 },
    ]);
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(uidsOf(arrived)).size).toBe(arrived.length);
    expect(kindsOf(arrived)).not.toContain('checkpoint.regressed');
  });

  it('and was then put back to before that is told as restored, with the proof of an old key’s checkpoint', async () => {
    const synced = await openHere();
    await write(synced, 0, 3);
    await world.stop();
    const putBack = await backUpStore(join(world.folder, 'state', 'broker.sqlite'));
    await start();
    await write(synced, 3, 5);
    await rotate(1);
    await follows(synced);
    await write(synced, 5, 7);
    await world.stop();
    await putBack();
    world.clock.advance(HOUR_MS);
    await start(true);
    synced.sync.hurry();
    await vi.waitFor(() => expect(synced.sync.verification().restored).toMatchObject({ restores: 1 }), PATIENCE);
    expect(synced.sync.verification().restored?.agreedRecords).toBeGreaterThan(0);
    await isSynced(synced);
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(kindsOf(arrived)).not.toContain('checkpoint.regressed');
  });

  it('between the two answers of a first look is no alarm', async () => {
    const client = await world.as('ana', DEVICE);
    const before = expectOk(await client.checkpoint());
    lies = {
      appendAudit: async (body) => ok({ ...expectOk(await client.appendAudit(body)), ledgerCheckpoint: before }),
    };
    await rotate(1);
    const synced = await openHere();
    await appendNumbered(synced, 0, 1);
    const stuck = { kind: 'stuck', code: 'ledger_key_changed' };
    await vi.waitFor(() => expect(synced.sync.state()).toMatchObject(stuck), PATIENCE);
    lies = {};
    await isSynced(synced);
    expect((await kept(synced))?.key).toBe(ledgerKey().publicKey.pem);
    expect(kindsOf(await there())).not.toContain('checkpoint.regressed');
  });
});

const thief = logSigner(seedOf(66));
type Told = { readonly origin: string; readonly size: number; readonly root: Buffer };
type Lie = { readonly checkpoint: string; readonly key: string }[];

describe('a swapped key', () => {
  const old = (): LogSigner => logSigner(world.keys.ledger);
  it.each<[string, (seen: Told, before: Told) => Lie]>([
    ['without any word of it', () => []],
    [
      'that only the new key vouches for',
      (seen) => [{ checkpoint: signCheckpoint(seen, thief), key: old().publicKey.pem }],
    ],
    [
      'that only the old key vouches for',
      (seen) => [{ checkpoint: signCheckpoint(seen, old()), key: old().publicKey.pem }],
    ],
    [
      'that both vouch for over another tree',
      (seen) => [
        { checkpoint: signCheckpoint({ ...seen, root: Buffer.alloc(32, 1) }, old(), thief), key: old().publicKey.pem },
      ],
    ],
    [
      'that both vouch for before what the old key signed',
      (_seen, before) => [{ checkpoint: signCheckpoint(before, old(), thief), key: old().publicKey.pem }],
    ],
    [
      'that a third key handed over to',
      (seen) => [
        { checkpoint: signCheckpoint(seen, logSigner(seedOf(5)), thief), key: logSigner(seedOf(5)).publicKey.pem },
      ],
    ],
  ])('%s is an alarm, which a person ends', async (_what, lie) => {
    const synced = await openHere();
    await write(synced, 0, 2);
    const keptHead = expectOk(openCheckpoint((await kept(synced))?.checkpoint ?? '', old().publicKey));
    const size = keptHead.size - 1;
    const hashOf = subtreeReader(logHashes(world.store().read, LEDGER_TABLES));
    const before = { ...keptHead, size, root: rootOf(await readFrontier(hashOf, size)) };
    const client = await world.as('ana', DEVICE);
    const resigned = (note: string): string => signCheckpoint(expectOk(openCheckpoint(note, old().publicKey)), thief);
    const seen = async (): Promise<Told> =>
      expectOk(openCheckpoint(expectOk(await client.checkpoint()), old().publicKey));
    lies = {
      appendAudit: async (body) => {
        const taken = expectOk(await client.appendAudit(body));
        return ok({ ...taken, ledgerCheckpoint: resigned(taken.ledgerCheckpoint) });
      },
      checkpoint: async () => ok(resigned(expectOk(await client.checkpoint()))),
      rotations: async () => ok({ rotations: lie(await seen(), before), key: thief.publicKey.pem }),
      ledgerKey: async () => ok(thief.publicKey.pem),
    };
    await appendNumbered(synced, 2, 4);
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code: 'not_signed' }), PATIENCE);
    expect((await kept(synced))?.key).toBe(old().publicKey.pem);
    expect(await synced.sync.acceptLedger()).toEqual(ok(null));
    await isSynced(synced);
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual([0, 1, 2, 3]);
    expect(kindsOf(arrived)).not.toContain('checkpoint.key_rotated');
  });
});
