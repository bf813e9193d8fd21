// From the deadline to "checked and gone": the lag of a wipe with 1, 100 and 1,000 grants that end at the same moment,
// on a real gnome-keyring and a durable database, against bare deletes of the same keyring in the same run.
// Linux only. `--counts 1,100` leaves out the large one; filling a gnome-keyring takes most of the time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemTimers } from '#electron/agent/clock.ts';
import { openKeychain } from '#electron/agent/keychain.ts';
import type { Keychain } from '#electron/agent/keychain-port.ts';
import { createDeadlines } from '#electron/agent/time/deadlines.ts';
import { openVault } from '#electron/agent/vault/open-vault.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { ok } from '#shared/domain/result.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { createHandClipboard } from '#test/support/hand-clipboard.ts';
import { collectedView } from '#test/support/collected-view.ts';
import { openPrivateKeyring } from '#test/support/private-keyring.ts';
import { openRecordedStore, recordInto } from '#test/support/recorded-store.ts';
import { type Bench, goal, median, p99, rounded, timeOnce } from './measure.ts';

/** As long as a real token is. */
const SECRET = 'x'.repeat(820);

export const run: Bench = async ({ counts = '1,100,1000' }) => {
  const keyring = await openPrivateKeyring();
  Object.assign(process.env, keyring.env);
  try {
    const figures: Record<string, number> = {};
    const floor: Record<string, number> = {};
    for (const count of counts.split(',').map(Number)) {
      const lags = await wipeAtOnce(count);
      figures[`lastLag${count}Ms`] = Math.max(...lags);
      figures[`lagP50Of${count}Ms`] = median(lags);
      figures[`lagP99Of${count}Ms`] = p99(lags);
      floor[`bareDeletes${count}Ms`] = await bareDeletes(count);
    }
    const said = rounded(figures);
    return {
      name: 'wipe',
      figures: said,
      floor: rounded(floor),
      goals: Object.keys(said)
        .filter((figure) => figure.startsWith('lastLag'))
        .map((figure) => goal(said, figure, { atMost: 250 })),
    };
  } finally {
    await keyring.close();
  }
};

/** The lags as the vault itself recorded them, all counted from one deadline. */
async function wipeAtOnce(count: number): Promise<number[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'daypass-bench-wipe-'));
  const store = await openRecordedStore(folder);
  let offMs = 0;
  const now = (): number => Math.floor(performance.timeOrigin + performance.now()) + offMs;
  const deadlines = createDeadlines({ now, timers: systemTimers });
  const endsAtMs = now() + HOUR_MS;
  const vault = openVault({
    store,
    appendRecord: recordInto,
    keychain: openKeychain({ service: `bench-${count}`, timers: systemTimers }),
    clipboard: createHandClipboard(),
    time: { now, anchor: async () => undefined },
    deadlines,
    log: { info: () => undefined, trouble: (event, error) => console.error(event, error) },
  });
  try {
    await vault.recover();
    const collect: BrokerClient['collect'] = async (requestId) => ok(collectedView(requestId, endsAtMs, SECRET));
    // Of the client only this one call is used.
    const client = { collect } as unknown as BrokerClient;
    for (let index = 0; index < count; index += 1) {
      const order = { client, user: 'ana', subject: 'sub_ana', resource: 'dataset:penguins', allowMemory: false };
      expectOk(await vault.checkOut({ ...order, requestId: `r${index}` }));
    }
    offMs = endsAtMs - now();
    deadlines.recheck();
    await allWiped(() => vault.copies().length === 0);
    const rows = await store.read.selectFrom('records').selectAll().execute();
    const events = rows.map((row): OutboxEvent => JSON.parse(row.event));
    return events.flatMap((event) => (event.kind === 'wipe.done' ? [event.data.lagMs] : []));
  } finally {
    deadlines.close();
    await vault.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function allWiped(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Nothing but the keyring's own deletes, read back, one after another. */
async function bareDeletes(count: number): Promise<number> {
  const keychain: Keychain = openKeychain({ service: `floor-${count}`, timers: systemTimers });
  for (let index = 0; index < count; index += 1) expectOk(await keychain.set(`copy:${index}`, Buffer.from(SECRET)));
  return await timeOnce(async () => {
    for (let index = 0; index < count; index += 1) expectOk(await keychain.remove(`copy:${index}`));
  });
}
