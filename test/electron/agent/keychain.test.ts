import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemTimers } from '#electron/agent/clock.ts';
import { openKeychain } from '#electron/agent/keychain.ts';
import type { Keychain } from '#electron/agent/keychain-port.ts';
import { openDeviceKey } from '#electron/agent/device-key.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { openPrivateKeyring, type PrivateKeyring } from '#test/support/private-keyring.ts';

const SERVICE = 'daypass-test';
let keyring: PrivateKeyring;
let keychain: Keychain;

beforeAll(async () => {
  keyring = await openPrivateKeyring();
  Object.assign(process.env, keyring.env);
  keychain = openKeychain({ service: SERVICE, timers: systemTimers });
});
afterAll(async () => {
  await keyring.close();
});

const text = async (account: string): Promise<string | null> => {
  const bytes = expectOk(await keychain.get(account));
  return bytes === null ? null : Buffer.from(bytes).toString();
};

describe('the keychain on a real Secret Service', () => {
  it('keeps bytes, replaces them, lists them and deletes them, as another program sees it', async () => {
    expect(await text('copy:a')).toBeNull();
    expectOk(await keychain.set('copy:a', Buffer.from('first')));
    expectOk(await keychain.set('copy:a', Buffer.from('second')));
    expectOk(await keychain.set('copy:b', Buffer.from('other')));
    expect(await text('copy:a')).toBe('second');
    expect(keyring.search(SERVICE)).toContain('secret = second');
    expect(keyring.search(SERVICE)).not.toContain('first');
    expect([...expectOk(await keychain.accounts())].sort()).toEqual(['copy:a', 'copy:b']);
    expectOk(await keychain.remove('copy:a'));
    expectOk(await keychain.remove('copy:a'));
    expectOk(await keychain.remove('copy:b'));
    expect(keyring.search(SERVICE)).not.toContain('secret =');
    expect(expectOk(await keychain.accounts())).toEqual([]);
  });

  it('keeps the largest that every platform can hold, whatever the bytes, and refuses more', async () => {
    const bytes = Buffer.alloc(2400, 0xff);
    bytes[1] = 0;
    expectOk(await keychain.set('large', bytes));
    expect(Buffer.from(expectOk(await keychain.get('large')) ?? [])).toEqual(bytes);
    expectOk(await keychain.remove('large'));
    expect(await keychain.set('large', Buffer.alloc(2401))).toEqual({ ok: false, error: 'too_large' });
    expect(await text('large')).toBeNull();
  });

  it('says locked at each call that needs the secret, changes nothing, and goes on after the unlock', async () => {
    expectOk(await keychain.set('copy:kept', Buffer.from('kept')));
    await keyring.lock();
    const locked = { ok: false, error: 'locked' };
    expect(await keychain.probe()).toEqual(locked);
    expect(await keychain.ready()).toEqual(locked);
    expect(await keychain.get('copy:kept')).toEqual(locked);
    expect(await keychain.set('copy:kept', Buffer.from('changed'))).toEqual(locked);
    expect(await keychain.remove('copy:kept')).toEqual(locked);
    expect(await keychain.accounts()).toEqual(locked);
    await keyring.unlock();
    expectOk(await keychain.probe());
    expectOk(await keychain.ready());
    expect(await text('copy:kept')).toBe('kept');
    expectOk(await keychain.remove('copy:kept'));
  });

  it('goes on after the daemon was restarted, with entries of the earlier session', async () => {
    expectOk(await keychain.set('copy:one', Buffer.from('one')));
    expectOk(await keychain.set('copy:two', Buffer.from('two')));
    await keyring.restart();
    expect(await text('copy:one')).toBe('one');
    expectOk(await keychain.set('copy:two', Buffer.from('two again')));
    await keyring.restart();
    expectOk(await keychain.remove('copy:one'));
    expectOk(await keychain.remove('copy:two'));
    expect(keyring.search(SERVICE)).not.toContain('secret =');
  });

  it('says none while nobody serves it, and goes on when somebody does again', async () => {
    expectOk(await keychain.set('copy:one', Buffer.from('one')));
    await keyring.stopDaemon();
    for (const call of [
      keychain.probe(),
      keychain.ready(),
      keychain.get('copy:one'),
      keychain.set('copy:one', Buffer.from('x')),
      keychain.remove('copy:one'),
      keychain.accounts(),
    ])
      expect(await call).toEqual({ ok: false, error: 'none' });
    await keyring.restart();
    expect(await text('copy:one')).toBe('one');
    expectOk(await keychain.remove('copy:one'));
  });

  it('is made ready for an item that nobody set, and nothing is there', async () => {
    await keychain.prepare('copy:next');
    expectOk(await keychain.ready());
    expect(await text('copy:next')).toBeNull();
    expect(expectOk(await keychain.accounts())).toEqual([]);
    await keyring.restart();
    expectOk(await keychain.set('copy:next', Buffer.from('after a restart')));
    expect(await text('copy:next')).toBe('after a restart');
    expectOk(await keychain.remove('copy:next'));
    await keyring.stopDaemon();
    await keychain.prepare('copy:later');
    await keyring.restart();
    expectOk(await keychain.set('copy:later', Buffer.from('later')));
    expectOk(await keychain.remove('copy:later'));
  });

  it('answers many calls at once, each with its own', async () => {
    const accounts = Array.from({ length: 20 }, (_, index) => `many:${index}`);
    const set = await Promise.all(accounts.map((account) => keychain.set(account, Buffer.from(account))));
    for (const result of set) expectOk(result);
    expect(await Promise.all(accounts.map(text))).toEqual(accounts);
    for (const result of await Promise.all(accounts.map((account) => keychain.remove(account)))) expectOk(result);
  });

  it('leaves the bytes of the caller as they are', async () => {
    const bytes = Buffer.from('mine');
    expectOk(await keychain.set('mine', bytes));
    expect(bytes.toString()).toBe('mine');
    expectOk(await keychain.remove('mine'));
  });
});

describe('the device key in the keychain', () => {
  it('is made once and is the same ever after; a locked keychain makes no other', async () => {
    const first = expectOk(await openDeviceKey(keychain));
    await keyring.lock();
    expect(await openDeviceKey(keychain)).toEqual({ ok: false, error: 'locked' });
    await keyring.unlock();
    await keyring.restart();
    expect(expectOk(await openDeviceKey(keychain)).device).toBe(first.device);
    expectOk(await keychain.remove('device-key'));
  });
});
