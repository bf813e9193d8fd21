// The device key is changed while the old one is there: with a real broker and a real log, stopped at each step, with
// each answer lost. Whatever happens: one key is left, its log is whole at the broker, and both logs together are all.
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKeyChange, type KeyChange } from '#electron/agent/change-device-key.ts';
import { openDeviceKey } from '#electron/agent/device-key.ts';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { readOffer } from '#electron/agent/outbox/key-offer.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import type { Outbox } from '#electron/agent/outbox/outbox.ts';
import { type OutboxSync, startSync } from '#electron/agent/outbox/sync.ts';
import type { KeyNotChanged } from '#electron/agent/outbox-port.ts';
import { type BrokerClient, createBrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { BASE_URL, expectOk, openWorld } from '#test/support/broker-world.ts';
import { createHandKeychain, type HandKeychain } from '#test/support/hand-keychain.ts';
import { kindsOf, numbersOf, QUICK_TIMERS, uidsOf } from './outbox/open-synced.ts';
import { appendNumbered, openAgentStore, type TestOutbox } from './outbox/open-test-outbox.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
const world = await openWorld();
afterAll(world.close);

type Net = { fate: (path: string, call: () => Promise<Response>) => Promise<Response> };
type Desk = TestOutbox & {
  readonly sync: OutboxSync;
  readonly keys: KeyChange;
  readonly device: () => string;
};

const wellBehaved: Net['fate'] = async (_path, call) => await call();

/** A run of the program, as open-area wires it. */
async function run(name: string, keychain: HandKeychain, net: Net): Promise<Desk> {
  const { clock } = world;
  const store = await openAgentStore(join(world.folder, `${name}.db`));
  const outbox: Outbox = await openOutbox({ store, clock, bootId: 'boot_test', signer: null });
  let key: DeviceKey = expectOk(await openDeviceKey(keychain));
  const fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    return await net.fate(pathname, async () => await world.call(request, 'ana'));
  };
  const clientOf = (deviceKey: DeviceKey): BrokerClient =>
    createBrokerClient({ fetch, baseUrl: BASE_URL, deviceKey, clock });
  const client = (): BrokerClient => clientOf(key);
  await client().enrolDevice();
  const sync = await startSync({ store, outbox, clock, timers: QUICK_TIMERS, pin: {}, client });
  const keys = createKeyChange({
    keychain,
    store,
    outbox,
    sync: sync.state,
    client,
    current: () => key,
    replace: (next) => (key = next),
    timers: QUICK_TIMERS,
    log: { trouble: () => undefined } as never,
  });
  key = await keys.resume(key);
  await outbox.useKey(deviceSigner(key));
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    keys.close();
    await sync.close();
    await outbox.close();
    await store.close();
  };
  const desk: Desk = {
    store,
    outbox,
    sync,
    keys,
    device: () => key.device,
    close: async () => await (closed ??= close()),
  };
  onTestFinished(desk.close);
  return desk;
}

async function isSynced({ sync, outbox }: Desk): Promise<void> {
  await vi.waitFor(async () => {
    sync.hurry();
    expect(sync.state().kind).toBe('synced');
    expect(sync.verification().cosigned?.records).toBe(await outbox.records());
  }, PATIENCE);
}

async function atBroker(device: string): Promise<readonly string[]> {
  const rows = await world
    .store()
    .read.selectFrom('desktop_records')
    .select('canonical')
    .where('origin', '=', outboxOrigin(device))
    .orderBy('epoch')
    .orderBy('sequence')
    .execute();
  return rows.map(({ canonical }) => canonical);
}

async function hasArrived({ sync }: Desk, devices: readonly string[], numbers: number): Promise<void> {
  await vi.waitFor(async () => {
    sync.hurry();
    const records = await Promise.all(devices.map(atBroker));
    expect(numbersOf(records.flat())).toEqual(Array.from({ length: numbers }, (_, index) => index));
  }, PATIENCE);
}

/** Both logs together have each once; the old one ends with the record that names the new one. */
async function isHandedOver(old: string, desk: Desk, numbers: number): Promise<void> {
  expect(desk.device()).not.toBe(old);
  await hasArrived(desk, [old, desk.device()], numbers);
  const [before, after] = [await atBroker(old), await atBroker(desk.device())];
  expect(new Set(uidsOf([...before, ...after])).size).toBe(before.length + after.length);
  expect(kindsOf(before).at(-1)).toBe('log.key_handed_over');
  expect(kindsOf(after).slice(0, 2)).toEqual(['epoch.opened', 'log.key_taken_over']);
  const [opened, taken] = after.map((record) => JSON.parse(record).unmapped.data);
  expect(opened).toMatchObject({
    code: 'key_changed',
    previousOrigin: outboxOrigin(old),
    witnessed: { size: before.length },
  });
  expect(taken.checkpoint).toContain(`${outboxOrigin(old)}\n${before.length}\n`);
}

describe('changing the device key', () => {
  it('goes over to the new key, which is the only one that is left', async () => {
    const keychain = createHandKeychain();
    const desk = await run('plain', keychain, { fate: wellBehaved });
    const old = desk.device();
    await appendNumbered(desk, 0, 3);
    await isSynced(desk);
    expect(await desk.keys.change()).toEqual(ok(null));
    await appendNumbered(desk, 3, 5);
    await isHandedOver(old, desk, 5);
    expect([...keychain.items.keys()]).toEqual(['device-key']);
    expect(expectOk(await openDeviceKey(keychain)).device).toBe(desk.device());
  });

  it('changes nothing without the broker, or before it has all records', async () => {
    const keychain = createHandKeychain();
    const net: Net = { fate: wellBehaved };
    const desk = await run('offline', keychain, net);
    const old = desk.device();
    await appendNumbered(desk, 0, 2);
    await isSynced(desk);
    net.fate = async () => await Promise.reject(new Error('offline'));
    expect(await desk.keys.change()).toEqual({ ok: false, error: 'unreachable' });
    await appendNumbered(desk, 2, 3);
    await vi.waitFor(() => expect(desk.sync.state().kind).toBe('stuck'), PATIENCE);
    expect(await desk.keys.change()).toEqual({ ok: false, error: 'not_synced' });
    net.fate = wellBehaved;
    await isSynced(desk);
    expect([...keychain.items.keys()]).toEqual(['device-key']);
    expect(kindsOf(await atBroker(old))).not.toContain('log.key_handed_over');
  });

  it('is taken back where the broker refuses, and the old log goes on', async () => {
    const keychain = createHandKeychain();
    const desk = await run('refused', keychain, { fate: wellBehaved });
    const old = desk.device();
    await appendNumbered(desk, 0, 2);
    await isSynced(desk);
    await world
      .store()
      .transaction(
        async (tx) => await tx.updateTable('devices').set({ replaced_by: 'another' }).where('id', '=', old).execute(),
      );
    const refused: Result<null, KeyNotChanged> = await desk.keys.change();
    await world
      .store()
      .transaction(
        async (tx) => await tx.updateTable('devices').set({ replaced_by: null }).where('id', '=', old).execute(),
      );
    expect(refused.ok).toBe(false);
    await appendNumbered(desk, 2, 3);
    expect(desk.device()).toBe(old);
    await hasArrived(desk, [old], 3);
    expect(kindsOf(await atBroker(old))).toContain('log.key_kept');
    expect([...keychain.items.keys()]).toEqual(['device-key']);
  });

  it.each([0, 1, 2, 3])('survives the loss of answer %i to it', async (lost) => {
    const keychain = createHandKeychain();
    let calls = 0;
    const net: Net = { fate: wellBehaved };
    const desk = await run(`lost ${lost}`, keychain, net);
    const old = desk.device();
    await appendNumbered(desk, 0, 3);
    await isSynced(desk);
    net.fate = async (path, call) => {
      const answer = await call();
      if (path === '/v1/me' || path.includes('/audit/checkpoint')) return answer;
      if (calls++ === lost) throw new Error('the answer is lost');
      return answer;
    };
    await desk.keys.change();
    await vi.waitFor(() => expect(desk.device()).not.toBe(old), PATIENCE);
    await appendNumbered(desk, 3, 4);
    await isHandedOver(old, desk, 4);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'killed at keychain call or broker call %i, the next start finishes it or takes it back',
    async (step) => {
      const keychain = createHandKeychain();
      const net: Net = { fate: wellBehaved };
      const name = `killed ${step}`;
      const desk = await run(name, keychain, net);
      const old = desk.device();
      await appendNumbered(desk, 0, 3);
      await isSynced(desk);
      await desk.sync.close();
      let done = 0;
      const dead = (): boolean => done++ >= step;
      // Dead is dead: from this step on nothing more is done by this run.
      keychain.before = () => (dead() ? 'failed' : null);
      net.fate = async (_path, call) => (dead() ? await Promise.reject(new Error('dead')) : await call());
      await desk.keys.change().catch(() => undefined);
      await desk.close();
      keychain.before = () => null;
      const again = await run(name, keychain, { fate: wellBehaved });
      await appendNumbered(again, 3, 5);
      await vi.waitFor(async () => expect(await readOffer(again.store.read)).toBeNull(), PATIENCE);
      expect([...keychain.items.keys()]).toEqual(['device-key']);
      expect(expectOk(await openDeviceKey(keychain)).device).toBe(again.device());
      if (again.device() !== old) return await isHandedOver(old, again, 5);
      await hasArrived(again, [old], 5);
    },
  );
});
