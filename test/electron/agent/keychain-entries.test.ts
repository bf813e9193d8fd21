import { expect, it } from 'vitest';
import { createKept } from '#electron/agent/keychain-entries.ts';

it('keeps the entries in use and makes what was dropped be collected before connections run out', async () => {
  let made = 0;
  let uncollected = 0;
  let most = 0;
  const kept = createKept(
    (account) => {
      made += 1;
      uncollected += 1;
      most = Math.max(most, uncollected);
      return account;
    },
    () => (uncollected = 16),
  );
  for (let index = 0; index < 1000; index += 1) await kept.use(`account ${index}`, async (entry) => entry);
  expect(made).toBe(1000);
  expect(most).toBeLessThanOrEqual(64);
  for (let index = 0; index < 100; index += 1) await kept.use('the same', async (entry) => entry);
  expect(made).toBe(1001);
});

it('makes an entry anew once when its session is gone, and no more', async () => {
  let made = 0;
  const kept = createKept(() => (made += 1));
  const stale = new Error('DBus error: The session does not exist');
  expect(await kept.use('a', async (entry) => (entry === 1 ? Promise.reject(stale) : entry))).toBe(2);
  await expect(kept.use('a', () => Promise.reject(stale))).rejects.toThrow('session');
  expect(made).toBe(3);
});
