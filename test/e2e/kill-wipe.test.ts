// The app is killed at points of a wipe that nobody chose, and started again: no credential is left, and no record is
// lost or doubled.
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { faultsInLogs } from './support/books.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, knock, must, PATIENCE_MS, served, stateThat } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';

const KILLS = 10;
const prepare = async (files: Daypass['files']): Promise<void> => void (await fixGatewayPort(files));

it('comes back from a kill at any point of a wipe', { timeout: 4 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk } = daypass;
  await served(await desk.window());
  const lengthMs = await lengthOfOne(daypass);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const page = await desk.window();
    const grant = await checkOut(page);
    const [copy] = await copiesInKeychain(desk);
    await killAfter(daypass, (1.1 * lengthMs * (kill + Math.random())) / KILLS, grant.grantId);
    await settle(daypass, { grantId: grant.grantId, url: grant.url ?? '', token: copy?.token ?? '' });
  }
  const logs = await exportedLogs(desk, await desk.window(), 'after');
  expect(faultsInLogs(logs, [])).toEqual([]);
  expect(logs.desktop.filter(({ kind }) => kind === 'wipe.done')).toHaveLength(KILLS + 2);
});

/** How long a whole Done takes here and now. */
async function lengthOfOne({ desk }: Daypass): Promise<number> {
  const page = await desk.window();
  const first = await checkOut(page);
  await must(page, 'done', { grantId: first.grantId });
  const { grantId } = await checkOut(page);
  const startedAtMs = performance.now();
  await must(page, 'done', { grantId });
  return performance.now() - startedAtMs;
}

async function killAfter({ desk, start }: Daypass, afterMs: number, grantId: string): Promise<void> {
  const done = knock(await desk.window(), 'done', { grantId }).catch(() => null);
  await pause(afterMs);
  await desk.app.kill('SIGKILL');
  await done;
  const left = await copiesInKeychain(desk);
  console.log(`killed after ${Math.round(afterMs)} ms: ${left.length === 0 ? 'wiped already' : 'not wiped yet'}`);
  await start();
}

type Ended = { readonly grantId: string; readonly url: string; readonly token: string };

/** A Done that was begun goes on by itself; one that was never written down can be said again. */
async function settle({ desk }: Daypass, { grantId, url, token }: Ended): Promise<void> {
  const page = await desk.window();
  await served(page);
  const state = await stateThat(page, 'no wipe in between', ({ grants }) =>
    grants.every(({ phase }) => phase !== 'wiping' && phase !== 'storing'),
  );
  if (state.grants.length > 0) await must(page, 'done', { grantId });
  await stateThat(page, 'nothing held', ({ grants }) => grants.length === 0);
  expect(await copiesInKeychain(desk)).toEqual([]);
  await until('the gateway to refuse', async () => ((await gatewayStatus(url, token)) === 401 ? true : undefined));
}
