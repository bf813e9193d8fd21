// Sleep over a deadline, and a clock that somebody sets: access ends on time, warnings are not skipped, and what the
// clock once said harms nothing later.
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { until } from '#test/desktop/until.ts';
import { faultsInLogs } from './support/books.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, knock, must, PATIENCE_MS, served, stateThat, wishFor } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';

const LENGTH_MS = 30 * MINUTE_MS;
const prepare = async (files: Daypass['files']): Promise<void> => void (await fixGatewayPort(files));

type Held = { readonly url: string; readonly token: string; readonly endsAtMs: number };

async function hold(daypass: Daypass, page: Page, durationMs = LENGTH_MS): Promise<Held> {
  const grant = await checkOut(page, wishFor({ durationMs }));
  const [copy] = await copiesInKeychain(daypass.desk);
  const held = { url: grant.url ?? '', token: copy?.token ?? '', endsAtMs: grant.endsAtMs };
  expect(await gatewayStatus(held.url, held.token)).toBe(200);
  return held;
}

/** Waits until nobody can find or use it any more. Gives how long that took. */
async function gone({ desk }: Daypass, { url, token }: Held): Promise<number> {
  const fromMs = performance.now();
  const isGone = async (): Promise<true | undefined> =>
    (await copiesInKeychain(desk)).length === 0 ? true : undefined;
  await until('an empty keyring', isGone, PATIENCE_MS);
  const tookMs = performance.now() - fromMs;
  expect(await gatewayStatus(url, token)).toBe(401);
  return tookMs;
}

it(
  'ends what ran out during a sleep: at once when it is told of the end of it, else at its next look',
  { timeout: 3 * PATIENCE_MS },
  async () => {
    await using daypass = await openDaypass({ prepare });
    const { desk } = daypass;
    const page = await desk.window();
    await served(page);
    const told = await hold(daypass, page);
    await desk.power.sleep(LENGTH_MS + MINUTE_MS);
    console.log(`told: gone ${Math.round(await gone(daypass, told))} ms after resume`);
    const untold = await hold(daypass, page);
    await desk.power.sleep(LENGTH_MS + MINUTE_MS, { resume: false });
    console.log(`untold: gone ${Math.round(await gone(daypass, untold))} ms after waking`);
    const { desktop } = await exportedLogs(desk, page, 'sleep');
    const expired = desktop.filter(({ kind, data }) => kind === 'wipe.done' && data['reason'] === 'expired');
    expect(expired).toHaveLength(2);
  },
);

it('warns after a sleep over the warning point', { timeout: 2 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk } = daypass;
  const page = await desk.window();
  await served(page);
  await hold(daypass, page);
  // It comes a moment after the token is held, and would be counted below.
  await desk.notifications.find('You have access');
  await desk.notifications.clear();
  // Both of the catalog's points, 10 min and 2 min before the end, lie within the sleep.
  await desk.power.sleep(LENGTH_MS - MINUTE_MS);
  const warning = await desk.notifications.find(/end/i);
  expect(warning.actions).toContain('Extend');
  expect(desk.notifications.list()).toHaveLength(1);
});

it('ends on time although the clock was set back two hours', { timeout: 2 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk } = daypass;
  const page = await desk.window();
  await served(page);
  const held = await hold(daypass, page);
  await desk.clock.shift(-2 * HOUR_MS);
  await desk.power.sleep(LENGTH_MS - MINUTE_MS);
  expect(await copiesInKeychain(desk)).toHaveLength(1);
  expect(await gatewayStatus(held.url, held.token)).toBe(200);
  await desk.power.sleep(2 * MINUTE_MS);
  await gone(daypass, held);
});

it(
  'ends everything when the clock goes to 2099, asks, and is not poisoned when it is back',
  { timeout: 3 * PATIENCE_MS },
  async () => {
    await using daypass = await openDaypass({ prepare });
    const { desk } = daypass;
    const page = await desk.window();
    await served(page);
    const held = await hold(daypass, page);
    const heldAtMs = Date.now();
    await desk.clock.shift(Date.UTC(2099, 0, 1) - Date.now());
    // Any event of the machine makes it look; without one it looks every 15 s.
    await desk.power.resume();
    await gone(daypass, held);
    await must(page, 'close-welcome', null);
    await page.getByText(/The clock jumped/).waitFor({ timeout: PATIENCE_MS });
    const jumped = await stateThat(page, 'the question', ({ clockJump }) => clockJump !== null);
    expect(jumped.clockJump?.byMs).toBeGreaterThan(70 * 365 * DAY_MS);
    const refused = await knock(page, 'ask', { wish: wishFor(), attempt: 'while-the-clock-is-wrong' });
    expect((await stateThat(page, 'no access', () => true)).grants.filter(({ phase }) => phase === 'active')).toEqual(
      [],
    );
    await desk.clock.reset();
    await desk.power.resume();
    await page.getByRole('button', { name: 'The clock is right' }).click();
    await stateThat(page, 'the answer', ({ clockJump }) => clockJump === null);
    if (refused.ok) await must(page, 'end-everything', null);
    // The broker's memory of used proofs counts in seconds: what it forgot in 2099 stays refused for that second.
    await until('another second', () => (Date.now() - heldAtMs > 2000 ? true : undefined));
    const later = await hold(daypass, page, 10 * MINUTE_MS);
    expect(Math.abs(later.endsAtMs - Date.now() - 10 * MINUTE_MS)).toBeLessThan(5 * MINUTE_MS);
    const copies = await copiesInKeychain(desk);
    const logs = await exportedLogs(desk, page, 'jump');
    expect(
      faultsInLogs(
        logs,
        copies.map(({ collectId }) => collectId),
      ),
    ).toEqual([]);
    const jumps = logs.desktop.filter(({ kind }) => kind === 'clock.jumped');
    expect(jumps.length).toBeGreaterThanOrEqual(1);
    expect(Number(jumps[0]?.data['byMs'])).toBeGreaterThan(70 * 365 * DAY_MS);
    expect(jumps[0]?.data['endedGrants']).toBe(1);
  },
);
