// Every way to end the app wipes first, if the person wants that; a start at login opens no window.
import { expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, must, PATIENCE_MS, served, stateThat } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';

const prepare = async (files: Daypass['files']): Promise<void> => void (await fixGatewayPort(files));

it('wipes when it quits, is told to end, and when the machine goes down', { timeout: 4 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk, start } = daypass;
  const ways = {
    quit: async () => await desk.app.quit(),
    SIGTERM: async () => await desk.app.kill('SIGTERM'),
    SIGINT: async () => await desk.app.kill('SIGINT'),
    shutdown: async () => {
      await desk.power.shutdown();
      return await desk.app.exited;
    },
  };
  for (const [name, leave] of Object.entries(ways)) {
    const page = await desk.window();
    await served(page);
    const grant = await checkOut(page);
    const [copy] = await copiesInKeychain(desk);
    expect({ name, ...(await leave()) }).toEqual({ name, code: 0, signal: null });
    expect(await copiesInKeychain(desk), name).toEqual([]);
    await start();
    await served(await desk.window());
    expect(await gatewayStatus(grant.url ?? '', copy?.token ?? ''), name).toBe(401);
  }
  const { desktop, ledger } = await exportedLogs(desk, await desk.window(), 'quit');
  const wiped = desktop.filter(({ kind, data }) => kind === 'wipe.done' && data['reason'] === 'quit');
  expect(wiped).toHaveLength(Object.keys(ways).length);
  expect(ledger.filter(({ kind }) => kind === 'grant.ended')).toHaveLength(Object.keys(ways).length);
});

it('keeps access over a quit when the person wants that', { timeout: 2 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk, start } = daypass;
  const page = await desk.window();
  await served(page);
  await must(page, 'change-setting', { wipeOnQuit: false });
  const grant = await checkOut(page);
  const [copy] = await copiesInKeychain(desk);
  expect(await desk.app.quit()).toEqual({ code: 0, signal: null });
  expect(await copiesInKeychain(desk)).toHaveLength(1);
  await start();
  const again = await desk.window();
  await stateThat(
    again,
    'the access of before',
    ({ broker, grants }) => broker.kind === 'ready' && grants[0]?.grantId === grant.grantId,
  );
  expect(await gatewayStatus(grant.url ?? '', copy?.token ?? '')).toBe(200);
});

it('opens no window when it is started hidden, until it is asked', { timeout: 2 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk, start } = daypass;
  await served(await desk.window());
  await desk.app.quit();
  await start(['--hidden']);
  const hasWindow = (): boolean => desk.app.happenings().some(({ event }) => event === 'window');
  await until(
    'a tray that offers access',
    async () => {
      const menu = await desk.tray.menu();
      return menu.some(({ label, enabled }) => /Check out/.test(label) && enabled) ? true : undefined;
    },
    PATIENCE_MS,
  );
  expect(hasWindow()).toBe(false);
  await desk.tray.click(/^Check out/);
  await desk.window();
  expect(hasWindow()).toBe(true);
});
