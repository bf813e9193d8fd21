// A desktop of an audit torture, run as a process of its own and killed at any moment: the real outbox, its sync, store
// and recovery, with somebody who writes without end.
import { setTimeout as sleep } from 'node:timers/promises';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import { startSync } from '#electron/agent/outbox/sync.ts';
import type { Timers } from '#electron/agent/ports.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import { openAgentStore } from '#test/electron/agent/outbox/open-test-outbox.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';
import { beChild, writeOn } from './child.ts';
import { openDeviceKey } from './key-files.ts';
import type { ToldDesktop } from './told.ts';

const LONGEST_PAUSE_MS = 6;
/** What is minutes for a person is this long here. */
const LONGEST_WAIT_MS = 50;
const LOOK_EVERY_MS = 20;

const child = beChild<ToldDesktop>();
const { told, clock, say } = child;
const trouble = (error: unknown): void => say({ kind: 'trouble', text: String(error) });
const timers: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_WAIT_MS));
    return () => clearTimeout(timer);
  },
};

const deviceKey = await openDeviceKey(told.keyFile);
const store = await openAgentStore(told.database);
const outbox = await openOutbox({
  store,
  clock,
  bootId: told.bootId,
  signer: deviceSigner(deviceKey),
  onTrouble: trouble,
});
const client = createBrokerClient({
  fetch: async (request) => {
    request.headers.set('authorization', `Bearer ${told.name}`);
    return await fetch(request);
  },
  baseUrl: told.url,
  deviceKey,
  clock,
});
const pin = { keyFingerprint: told.ledgerFingerprint };
let { isEnrolled } = told;
const sync = await startSync({ store, outbox, clock, timers, pin, client: () => (isEnrolled ? client : null) });
say({ kind: 'ready', port: 0 });

child.onOrder((order) => {
  if (order.kind !== 'export') return;
  exportTo(order.folder).catch((error: unknown) => say({ kind: 'exported', records: 0, problem: String(error) }));
});
if (!isEnrolled) enrol().catch(trouble);
if (told.rests) setInterval(() => void tell().catch(trouble), LOOK_EVERY_MS);
else
  await writeOn(child, LONGEST_PAUSE_MS, async (numbers) => {
    await store.transaction(async (tx) => {
      for (const number of numbers) {
        await tx
          .insertInto('copies')
          .values({ id: `crd_${number}` })
          .execute();
        await outbox.append(tx, numberedOutboxEvent(number));
      }
    });
  });

/** At each start, as whoever signs in does: a broker that was put back may have forgotten it. */
async function enrol(): Promise<void> {
  while (!isEnrolled) {
    const enrolled = await client.enrolDevice().catch(() => null);
    isEnrolled = enrolled?.ok === true;
    if (!isEnrolled) await sleep(LONGEST_WAIT_MS);
  }
  sync.hurry();
}

async function tell(): Promise<void> {
  const state = sync.state();
  const { cosigned } = sync.verification();
  const records = await outbox.records();
  const isSynced = state.kind === 'synced' && (cosigned?.records ?? 0) === records;
  say({ kind: 'state', isSynced, text: `${JSON.stringify(state)}, ${cosigned?.records ?? 0} of ${records} cosigned` });
}

async function exportTo(folder: string): Promise<void> {
  const { result, code } = await sync.verifyNow();
  const problem = result === 'verified' ? null : `its own log is ${result} (${code ?? 'no reason'})`;
  say({ kind: 'exported', records: await outbox.exportTo(folder), problem });
}
