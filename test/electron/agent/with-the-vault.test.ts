// The session on the vault that ships: what one does and what the other sees of it fit together.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openVault } from '#electron/agent/vault/open-vault.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createHandClipboard } from '#test/support/hand-clipboard.ts';
import { createHandKeychain, type HandKeychain } from '#test/support/hand-keychain.ts';
import { openRecordedStore, recordInto, type RecordedTables } from '#test/support/recorded-store.ts';

let world: World;
let machine: Machine;
let desk: Desk;
let folder: string;
let store: Store<RecordedTables>;
let keychain: HandKeychain;
let full: boolean;

beforeEach(async () => {
  world = await openWorld();
  machine = await openMachine(world);
  folder = mkdtempSync(join(tmpdir(), 'daypass-session-vault-'));
  store = await openRecordedStore(folder);
  keychain = createHandKeychain();
  full = false;
  desk = await startDesk(machine, {
    settings: { wipeOnQuit: true },
    vault: (deadlines) =>
      openVault({
        store: {
          ...store,
          transaction: async (work) => await (full ? Promise.reject(new Error('full')) : store.transaction(work)),
        },
        appendRecord: recordInto,
        keychain,
        clipboard: createHandClipboard(),
        time: { now: world.clock.now, anchor: async () => undefined },
        deadlines: {
          set: deadlines.at,
          clear: deadlines.cancel,
          recheck: deadlines.recheck,
          count: () => 0,
          close: () => undefined,
        },
        log: { info: () => undefined, trouble: () => undefined },
      }),
  });
  await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
});
afterEach(async () => {
  await desk.stop();
  await store.close();
  await machine.close();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const cards = () => desk.agent.state().grants;
const hold = async (): Promise<string> => {
  expectOk(await desk.agent.commands.ask({ wish: FORM, attempt: randomUUID() }));
  await expect.poll(() => cards()[0]?.phase).toBe('active');
  return cards()[0]?.grantId ?? '';
};
const stateOf = async (grantId: string) => {
  const { grants } = expectOk(await (await world.as('ana')).grants({}));
  return grants.find(({ id }) => id === grantId);
};

describe('the session on the vault', () => {
  it('checks out into the keychain, and Done empties it and releases the grant', async () => {
    const grantId = await hold();
    expect(keychain.items.size).toBe(1);
    expectOk(await desk.agent.commands.done({ grantId }));
    expect(keychain.items.size).toBe(0);
    expect(cards()).toEqual([]);
    await expect.poll(async () => (await stateOf(grantId))?.endReason).toBe('released');
  });

  it('exchanges the credential that an extension replaces', async () => {
    const grantId = await hold();
    await desk.advance(30 * MINUTE_MS);
    expectOk(await desk.agent.act({ kind: 'extend', label: 'Extend', grantId, attempt: 'extend-0123456789' }));
    await expect
      .poll(() => cards().map((card) => [card.grantId === grantId, card.endsAtMs - world.clock.now()]))
      .toEqual([[false, 90 * MINUTE_MS]]);
    await expect.poll(async () => (await stateOf(grantId))?.endReason).toBe('replaced');
    expect(keychain.items.size).toBe(1);
  });

  it('releases what is gone from here although a full disk takes no record of the wipe', async () => {
    const grantId = await hold();
    full = true;
    expectOk(await desk.agent.commands.done({ grantId }));
    expect(keychain.items.size).toBe(0);
    expect(desk.agent.state().grants.map(({ phase }) => phase)).toEqual(['wiping']);
    await expect.poll(async () => (await stateOf(grantId))?.endReason).toBe('released');
    full = false;
    await desk.advance(MINUTE_MS);
    await expect.poll(cards).toEqual([]);
  });

  it('wipes what the broker revoked, and what has run out', async () => {
    const first = await hold();
    expectOk(await (await world.as('lee')).revoke(first, 'Lost.'));
    await expect.poll(() => keychain.items.size).toBe(0);
    await expect.poll(() => desk.shown().get(`grant:${first}`)?.title).toBe('Access was revoked');
    const second = await hold();
    await desk.advance(HOUR_MS);
    await expect.poll(() => keychain.items.size).toBe(0);
    await expect.poll(() => desk.shown().get(`grant:${second}`)?.title).toBe('Access ended: its time is over');
  });

  it('gives access back whose collect was under way when everything was ended', async () => {
    const ending: Promise<unknown>[] = [];
    machine.host.onCall(({ url }) => {
      if (url.endsWith('/collect') && ending.length === 0) ending.push(desk.agent.commands['end-everything'](null));
    });
    expectOk(await desk.agent.commands.ask({ wish: FORM, attempt: randomUUID() }));
    await expect.poll(() => ending.length).toBe(1);
    await Promise.all(ending);
    const grants = async () => expectOk(await (await world.as('ana')).grants({})).grants;
    await expect
      .poll(async () => (await grants()).map(({ state, endReason }) => [state, endReason]))
      .toEqual([['ended', 'released']]);
    expect(keychain.items.size).toBe(0);
    expect(cards()).toEqual([]);
  });

  it('gives access back that a locked keychain would not take', async () => {
    keychain.problem = 'locked';
    expectOk(await desk.agent.commands.ask({ wish: FORM, attempt: randomUUID() }));
    await expect
      .poll(() => desk.agent.state().requests[0]?.problem ?? desk.notices().at(-1)?.title)
      .toMatch(/keychain|could not be collected/);
    keychain.problem = null;
    await expect
      .poll(async () => expectOk(await (await world.as('ana')).grants({ state: 'active' })).grants)
      .toEqual([]);
    expect(keychain.items.size).toBe(0);
  });
});
