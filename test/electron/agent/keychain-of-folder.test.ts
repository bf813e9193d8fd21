// Two data folders share one keychain and never touch each other's items.
import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keychainOfFolder } from '#electron/agent/keychain-of-folder.ts';
import { createHandKeychain } from '#test/support/hand-keychain.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const other = (): string => mkdtempSync(path.join(folder, 'other-'));

describe('the keychain of a data folder', () => {
  it('knows its own items and nobody else’s', async () => {
    const keychain = createHandKeychain();
    const one = keychainOfFolder(keychain, folder);
    const two = keychainOfFolder(keychain, other());
    await one.set('copy:a', Buffer.from('one'));
    await two.set('copy:a', Buffer.from('two'));
    expect(await one.accounts()).toEqual({ ok: true, value: ['copy:a'] });
    await two.remove('copy:a');
    const kept = await one.get('copy:a');
    expect(kept.ok && kept.value !== null && Buffer.from(kept.value).toString()).toBe('one');
  });

  it('makes the folder of a first start, for its owner alone', () => {
    const fresh = path.join(folder, 'data');
    keychainOfFolder(createHandKeychain(), fresh);
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
  });

  it('is the same at each start, also over a link to the folder', async () => {
    const keychain = createHandKeychain();
    await keychainOfFolder(keychain, folder).set('device-key', Buffer.from('key'));
    const link = path.join(other(), 'link');
    symlinkSync(folder, link);
    expect(await keychainOfFolder(keychain, link).accounts()).toEqual({ ok: true, value: ['device-key'] });
  });
});
