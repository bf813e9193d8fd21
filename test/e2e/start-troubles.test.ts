// What keeps the broker or the whole app from starting: said in the window, without a silent other way, and mended by a
// retry once the cause is gone.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, it } from 'vitest';
import { RunningApp } from '#test/desktop/desk/running-app.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, must, PATIENCE_MS, served, stateThat } from './support/knock.ts';
import { openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, gatewayStatus } from './support/outside.ts';

it(
  'says that the gateway port is taken, takes no other, and starts when it is free',
  { timeout: 2 * PATIENCE_MS },
  async () => {
    const other = createServer();
    let port = 0;
    await using daypass = await openDaypass({
      prepare: async (files) => {
        port = await fixGatewayPort(files);
        other.listen(port, '127.0.0.1');
        await once(other, 'listening');
      },
    });
    const page = await daypass.desk.window();
    await must(page, 'close-welcome', null);
    const { broker } = await stateThat(page, 'the news', (state) => state.broker.kind === 'failed');
    expect(broker).toMatchObject({ kind: 'failed', code: 'gateway_port_taken' });
    const banner = page.locator('.banner', { hasText: /port/i });
    await banner.waitFor({ timeout: PATIENCE_MS });
    await new Promise((resolve) => other.close(resolve));
    await banner.getByRole('button', { name: 'Try again' }).click();
    const state = await served(page);
    expect(state.broker).toEqual({ kind: 'ready', gatewayUrl: expect.stringContaining(`:${port}`) as unknown });
    await checkOut(page);
    expect(await copiesInKeychain(daypass.desk)).toHaveLength(1);
  },
);

it('names what is wrong with a configuration, and starts when it is mended', { timeout: 2 * PATIENCE_MS }, async () => {
  let good = '';
  await using daypass = await openDaypass({
    prepare: async ({ configFile }) => {
      const catalog = path.join(path.dirname(configFile), 'catalog.yaml');
      good = await readFile(catalog, 'utf8');
      await writeFile(catalog, good.replace('sensitivity: public', 'sensitivity: harmless'));
    },
  });
  const page = await daypass.desk.window();
  await must(page, 'close-welcome', null);
  const { broker } = await stateThat(page, 'the news', (state) => state.broker.kind === 'failed');
  expect(broker).toMatchObject({ code: 'configuration_refused' });
  const problems = broker.kind === 'failed' ? broker.problems : [];
  expect(problems.join('\n')).toMatch(/catalog\.yaml:\d+.*sensitivity|sensitivity/);
  await page.locator('.banner .problems li').first().waitFor({ timeout: PATIENCE_MS });
  await writeFile(path.join(path.dirname(daypass.files.configFile), 'catalog.yaml'), good);
  await page.locator('.banner').getByRole('button', { name: 'Try again' }).first().click();
  await served(page);
  await checkOut(page);
});

it('refuses a second app on the same data that the first one cannot see', { timeout: 2 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass();
  const { desk, files } = daypass;
  const page = await desk.window();
  await served(page);
  const { url } = await checkOut(page);
  const [copy] = await copiesInKeychain(desk);
  // The lock of the windows' framework is a file that anybody of this person can take away: then only the data can tell.
  await rm(path.join(files.dataFolder, 'SingletonLock'), { force: true });
  using second = await RunningApp.start({
    main: path.resolve('out/main/main.js'),
    args: ['--config', files.configFile, '--data', files.dataFolder],
    nodeArgs: [],
    env: { ...desk.env, XDG_RUNTIME_DIR: desk.scratch },
  });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.line.seen.filter(({ event }) => event === 'window')).toEqual([]);
  expect(second.line.seen.filter(({ event }) => event === 'dialog')).toHaveLength(1);
  const dialog = second.line.seen.find(({ event }) => event === 'dialog');
  expect(String(dialog?.['content'])).toMatch(/another/i);
  // The first one goes on: its gateway serves what it held.
  expect(await gatewayStatus(url ?? '', copy?.token ?? '')).toBe(200);
  expect(await copiesInKeychain(desk)).toHaveLength(1);
});
