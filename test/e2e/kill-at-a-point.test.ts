// The app is killed at points that are made certain: while the keyring stands still, and with credentials that run out
// before it is started again.
import { expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { readAgentDatabase } from './support/agent-database.ts';
import { faultsInLogs } from './support/books.ts';
import { fixGatewayPort } from './support/fixed-port.ts';
import { checkOut, knock, PATIENCE_MS, served, stateThat, wishFor } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';
import { copiesInKeychain, exportedLogs, gatewayStatus } from './support/outside.ts';
import { hold, holdKeyring, slowKeyring } from './support/processes.ts';

const MOST_OVERDUE = 6;
const prepare = async (files: Daypass['files']): Promise<void> => void (await fixGatewayPort(files));

it(
  'goes on with a check-out that was killed while the keyring did not answer',
  { timeout: 2 * PATIENCE_MS },
  async () => {
    await using daypass = await openDaypass({ prepare });
    const { desk, files, start } = daypass;
    const page = await desk.window();
    await served(page);
    const held = holdKeyring(desk);
    const asked = knock(page, 'ask', { wish: wishFor(), attempt: 'killed-with-keyring-held' }).catch(() => null);
    await until('the note of the check-out', () => (checkouts(files, 'begun').length === 1 ? true : undefined));
    await desk.app.kill('SIGKILL');
    await asked;
    held.release();
    expect(await copiesInKeychain(desk)).toEqual([]);
    await start();
    const again = await desk.window();
    const state = await served(again);
    const [request] = state.requests;
    if (request?.phase === 'ready') await knock(again, 'start', { requestId: request.requestId });
    await stateThat(again, 'the access that was asked for', ({ grants }) =>
      grants.some(({ phase }) => phase === 'active'),
    );
    const copies = await copiesInKeychain(desk);
    expect(copies).toHaveLength(1);
    const logs = await exportedLogs(desk, again, 'point');
    expect(
      faultsInLogs(
        logs,
        copies.map(({ collectId }) => collectId),
      ),
    ).toEqual([]);
  },
);

it(
  'finishes a Done that was killed while the keyring did not answer, before its window opens',
  { timeout: 2 * PATIENCE_MS },
  async () => {
    await using daypass = await openDaypass({ prepare });
    const { desk, files } = daypass;
    const page = await desk.window();
    await served(page);
    const { grantId, url } = await checkOut(page);
    const [copy] = await copiesInKeychain(desk);
    const held = holdKeyring(desk);
    const done = knock(page, 'done', { grantId }).catch(() => null);
    await until('the note of the Done', () => (checkouts(files, 'releasing').length === 1 ? true : undefined));
    await desk.app.kill('SIGKILL');
    await done;
    held.release();
    expect(await copiesInKeychain(desk)).toHaveLength(1);
    expect(await heldWhenWindowOpens(daypass)).toBe(0);
    const again = await desk.window();
    await stateThat(again, 'nothing held', ({ broker, grants }) => broker.kind === 'ready' && grants.length === 0);
    await until('the gateway to refuse', async () =>
      (await gatewayStatus(url ?? '', copy?.token ?? '')) === 401 ? true : undefined,
    );
    expect(faultsInLogs(await exportedLogs(desk, again, 'point'), [])).toEqual([]);
  },
);

it('has wiped all that is overdue when its window opens', { timeout: 4 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare });
  const { desk } = daypass;
  const endsAtMs = await checkOutUntilOneEnd(daypass);
  await desk.app.kill('SIGKILL');
  const left = await copiesInKeychain(desk);
  expect(left.length).toBeGreaterThan(1);
  await until('the ends', () => (Date.now() > endsAtMs ? true : undefined), PATIENCE_MS);
  expect(await heldWhenWindowOpens(daypass)).toBe(0);
  const again = await desk.window();
  await served(again);
  const logs = await exportedLogs(desk, again, 'overdue');
  expect(faultsInLogs(logs, [])).toEqual([]);
  const wiped = logs.desktop.filter(({ kind, data }) => kind === 'wipe.done' && data['reason'] === 'expired');
  expect(wiped.length).toBeGreaterThanOrEqual(left.length);
});

/** Several grants that all end at one time, which leaves the last of them some seconds. Gives that time. */
async function checkOutUntilOneEnd({ desk }: Daypass): Promise<number> {
  const page = await desk.window();
  await served(page);
  const startedAtMs = performance.now();
  await checkOut(page);
  const oneMs = performance.now() - startedAtMs;
  const endMs = Date.now() + MOST_OVERDUE * oneMs + 6000;
  for (let held = 0; held < MOST_OVERDUE && endMs - Date.now() > 3 * oneMs + 2000; held += 1) {
    await checkOut(page, wishFor({ durationMs: Math.max(2000, Math.floor((endMs - Date.now()) / 1000) * 1000) }));
  }
  await knock(page, 'done', { grantId: (await longest(page)) ?? '' });
  return endMs;
}

async function longest(page: Awaited<ReturnType<Daypass['desk']['window']>>): Promise<string | undefined> {
  return (await served(page)).grants.at(-1)?.grantId;
}

function checkouts({ dataFolder }: Daypass['files'], state: string): readonly unknown[] {
  return readAgentDatabase(dataFolder, `select request_id from session_checkouts where state = '${state}'`);
}

/**
 * Starts the app on a keyring so slow that wiping takes longer than opening a window, and holds the app still when its
 * first window is there: how many credentials are left at that moment.
 */
async function heldWhenWindowOpens({ desk, start }: Daypass): Promise<number> {
  using slow = slowKeyring(desk);
  await start();
  const isOpen = (): true | undefined =>
    desk.app.happenings().some(({ event }) => event === 'window') ? true : undefined;
  await until('the first window', isOpen, PATIENCE_MS);
  using _still = hold(desk.app.pid);
  slow.release();
  return (await copiesInKeychain(desk)).length;
}
