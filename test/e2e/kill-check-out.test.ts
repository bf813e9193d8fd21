// The app is killed at points of a check-out that nobody chose, and started again: nothing is held without a record,
// nothing is recorded twice, and the person can go on.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { faultsInLogs } from './support/books.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, knock, must, nextAttempt, PATIENCE_MS, served, stateThat, wishFor } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';

const KILLS = 10;

it('comes back from a kill at any point of a check-out', { timeout: 4 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare: async (files) => void (await fixGatewayPort(files)) });
  const { desk } = daypass;
  const lengthMs = await lengthOfOne(daypass);
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Spread over the whole length, and a little beyond it.
    await killAfter(daypass, (1.1 * lengthMs * (kill + Math.random())) / KILLS);
    const page = await desk.window();
    await served(page);
    await goOn(daypass, page);
  }
  const page = await desk.window();
  const logs = await exportedLogs(desk, page, 'after');
  expect(faultsInLogs(logs, [])).toEqual([]);
  expect(logs.desktop.filter(({ kind }) => kind === 'copy.stored').length).toBeGreaterThan(KILLS / 2);
});

/** How long a whole check-out takes here and now. */
async function lengthOfOne({ desk }: Daypass): Promise<number> {
  const page = await desk.window();
  await served(page);
  await checkOut(page);
  await must(page, 'end-everything', null);
  const startedAtMs = performance.now();
  await checkOut(page);
  const lengthMs = performance.now() - startedAtMs;
  await must(page, 'end-everything', null);
  return lengthMs;
}

async function killAfter({ desk, start }: Daypass, afterMs: number): Promise<void> {
  const page = await desk.window();
  const asked = knock(page, 'ask', { wish: wishFor(), attempt: nextAttempt() }).catch(() => null);
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await desk.app.kill('SIGKILL');
  await asked;
  const left = await copiesInKeychain(desk);
  expect(left.length).toBeLessThanOrEqual(1);
  console.log(`killed after ${Math.round(afterMs)} ms: ${left.length === 1 ? 'the secret is there' : 'no secret yet'}`);
  await start();
}

/** Whatever the kill left, the person gets access with it or beside it, and can end all of it. */
async function goOn({ desk }: Daypass, page: Page): Promise<void> {
  const settled = await stateThat(page, 'nothing in between', ({ grants, requests }) =>
    [...grants, ...requests].every(({ phase }) => !['storing', 'wiping', 'collecting'].includes(phase)),
  );
  for (const { requestId, phase } of settled.requests) {
    if (phase === 'ready' || phase === 'interrupted') await knock(page, 'start', { requestId });
  }
  const state = await stateThat(page, 'no request left open', ({ requests }) => requests.length === 0);
  const [grant = await checkOut(page)] = state.grants;
  const [copy] = await copiesInKeychain(desk);
  expect(await gatewayStatus(grant.url ?? '', copy?.token ?? '')).toBe(200);
  await must(page, 'end-everything', null);
  await stateThat(page, 'everything ended', ({ grants }) => grants.length === 0);
  expect(await copiesInKeychain(desk)).toEqual([]);
  expect(await gatewayStatus(grant.url ?? '', copy?.token ?? '')).toBe(401);
}
