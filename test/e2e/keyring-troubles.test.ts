// The keyring is not there, locked, restarted or gone: the app says so, nothing is lost, and it goes on when it can.
import { expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { faultsInLogs } from './support/books.ts';
import { filesHolding } from './support/find-secret.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { ask, checkOut, knock, must, PATIENCE_MS, served, stateThat } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';

const prepare = async (files: Daypass['files']): Promise<void> => void (await fixGatewayPort(files));

it(
  'says that there is no keyring, and holds credentials in memory once the person agrees',
  { timeout: 2 * PATIENCE_MS },
  async () => {
    await using daypass = await openDaypass({ prepare, keyring: false });
    const { desk } = daypass;
    const page = await desk.window();
    await served(page);
    await must(page, 'close-welcome', null);
    await stateThat(page, 'the news', ({ keychain }) => keychain.kind === 'none');
    await page.locator('.banner', { hasText: /keychain|keyring/i }).waitFor({ timeout: PATIENCE_MS });
    const requestId = await ask(page);
    const waiting = await stateThat(page, 'a request that waits', ({ requests }) =>
      requests.some(({ problem }) => problem !== null),
    );
    expect(waiting.grants.filter(({ phase }) => phase === 'active')).toEqual([]);
    await page
      .locator('.banner')
      .getByRole('button', { name: /memory/i })
      .click();
    await stateThat(page, 'the consent', ({ memoryOnly }) => memoryOnly);
    await must(page, 'start', { requestId });
    const { grants } = await stateThat(page, 'the access', (state) => state.grants[0]?.phase === 'active');
    expect(grants[0]?.heldIn).toBe('memory');
    await must(page, 'copy-token', { grantId: grants[0]?.grantId ?? '' });
    const token = await desk.clipboard.read();
    expect(await gatewayStatus(grants[0]?.url ?? '', token)).toBe(200);
    expect(await filesHolding(desk, token)).toEqual([]);
    await must(page, 'done', { grantId: grants[0]?.grantId ?? '' });
    await stateThat(page, 'the end', (state) => state.grants.length === 0);
    expect(await gatewayStatus(grants[0]?.url ?? '', token)).toBe(401);
    expect(await desk.clipboard.read()).not.toContain(token);
  },
);

it('starts with a locked keyring, says so, and serves when it is unlocked', { timeout: 3 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({
    prepare: async (files, desk) => {
      await prepare(files);
      await desk.keychain.lock();
    },
  });
  const { desk } = daypass;
  const startedAtMs = performance.now();
  const page = await desk.window();
  console.log(`window after ${Math.round(performance.now() - startedAtMs)} ms with a locked keyring`);
  await stateThat(page, 'the news', ({ keychain }) => keychain.kind === 'locked');
  await must(page, 'close-welcome', null);
  await page.locator('.banner', { hasText: /locked/i }).waitFor({ timeout: PATIENCE_MS });
  await desk.keychain.unlock();
  await served(page);
  await stateThat(page, 'the news that it is open', ({ keychain }) => keychain.kind === 'ready');
  await checkOut(page);
  expect(await copiesInKeychain(desk)).toHaveLength(1);
});

it('shows a wipe that a locked keyring stops, and does it after the unlock', { timeout: 3 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk } = daypass;
  const page = await desk.window();
  await served(page);
  const grant = await checkOut(page);
  const [copy] = await copiesInKeychain(desk);
  await desk.keychain.lock();
  expect(await knock(page, 'done', { grantId: grant.grantId })).toMatchObject({ ok: false });
  const failed = await stateThat(page, 'the failed wipe', ({ grants }) => grants[0]?.phase === 'wipe_failed');
  expect(failed.grants[0]?.problem).not.toBeNull();
  await refused(grant.url, copy?.token);
  await desk.keychain.unlock();
  await stateThat(page, 'the wipe', ({ grants }) => grants.length === 0);
  expect(await copiesInKeychain(desk)).toEqual([]);
  const logs = await exportedLogs(desk, page, 'locked');
  expect(faultsInLogs(logs, [])).toEqual([]);
  expect(logs.desktop.some(({ kind }) => kind === 'wipe.failed')).toBe(true);
});

it(
  'goes on over a keyring that is restarted, and one that is gone for a while',
  { timeout: 3 * PATIENCE_MS },
  async () => {
    await using daypass = await openDaypass({ prepare });
    const { desk } = daypass;
    const page = await desk.window();
    await served(page);
    const first = await checkOut(page);
    await desk.keychain.restart();
    await must(page, 'copy-token', { grantId: first.grantId });
    const token = await desk.clipboard.read();
    expect(await gatewayStatus(first.url ?? '', token)).toBe(200);
    await desk.keychain.stop();
    expect(await knock(page, 'done', { grantId: first.grantId })).toMatchObject({ ok: false });
    await stateThat(page, 'the failed wipe', ({ grants }) => grants[0]?.phase === 'wipe_failed');
    await refused(first.url, token);
    await desk.keychain.restart();
    await stateThat(page, 'the wipe', ({ grants }) => grants.length === 0);
    expect(await copiesInKeychain(desk)).toEqual([]);
    await checkOut(page);
    const copies = await copiesInKeychain(desk);
    const logs = await exportedLogs(desk, page, 'restarted');
    expect(
      faultsInLogs(
        logs,
        copies.map(({ collectId }) => collectId),
      ),
    ).toEqual([]);
  },
);

/** What could not be deleted here is worthless there. */
async function refused(url: string | null | undefined, token: string | undefined): Promise<void> {
  const isRefused = async (): Promise<true | undefined> =>
    (await gatewayStatus(url ?? '', token ?? '')) === 401 ? true : undefined;
  await until('the gateway to refuse', isRefused, PATIENCE_MS);
}
