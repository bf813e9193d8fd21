import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openAgentStore } from '#electron/agent/agent-store.ts';
import { openOrWipe } from '#electron/agent/wipe-without-records.ts';
import { createHandKeychain, type HandKeychain } from '#test/support/hand-keychain.ts';

let folder: string;
let keychain: HandKeychain;
let logged: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-unreadable-'));
  keychain = createHandKeychain();
  for (const account of ['copy:one', 'copy:two', 'device-key']) keychain.items.set(account, Buffer.from('secret'));
  logged = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = async () =>
  await openOrWipe(async () => await openAgentStore(folder, () => undefined), keychain, {
    info: (event, facts) => void logged.push(`${event} ${JSON.stringify(facts)}`),
    trouble: (event, error) => void logged.push(`${event} ${String(error)}`),
  });
const breakDatabase = (): void =>
  writeFileSync(join(folder, 'agent.sqlite'), 'no database'.repeat(100), { mode: 0o600 });

it('wipes every credential, and nothing else, when the records cannot be read', async () => {
  breakDatabase();
  await expect(open()).rejects.toMatchObject({ code: 'corrupt' });
  expect([...keychain.items.keys()]).toEqual(['device-key']);
  expect(logged).toEqual(['vault.wiped_without_records {"wiped":2,"failed":0}']);
});

it.skipIf(process.platform === 'win32')('wipes when others may have written the records', async () => {
  chmodSync(folder, 0o777);
  await expect(open()).rejects.toMatchObject({ code: 'folder_not_private' });
  expect([...keychain.items.keys()]).toEqual(['device-key']);
});

it('goes on after one that stays, and says so', async () => {
  breakDatabase();
  keychain.before = (call, account) => (call === 'remove' && account === 'copy:one' ? 'failed' : null);
  await expect(open()).rejects.toMatchObject({ code: 'corrupt' });
  expect([...keychain.items.keys()]).toEqual(['copy:one', 'device-key']);
  expect(logged).toEqual(['vault.wiped_without_records {"wiped":1,"failed":1}']);
});

it('asks nobody to unlock a locked keychain, and says that nothing was wiped', async () => {
  breakDatabase();
  keychain.problem = 'locked';
  await expect(open()).rejects.toMatchObject({ code: 'corrupt' });
  expect(keychain.calls.map(({ call }) => call)).toEqual(['probe']);
  expect(logged).toEqual(['vault.not_wiped_without_records {"problem":"locked"}']);
});

it('leaves everything to another app that has the records, and to one that opens', async () => {
  const other = await openAgentStore(folder, () => undefined);
  await expect(open()).rejects.toMatchObject({ code: 'in_use' });
  await other.close();
  await (await open()).close();
  expect(keychain.items.size).toBe(3);
  expect(logged).toEqual([]);
});
