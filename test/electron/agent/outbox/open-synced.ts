// An outbox that syncs to a real broker: the same device key signs the calls and the log. Timers fire at once.
import { join } from 'node:path';
import { sql } from 'kysely';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import { type OutboxSync, startSync, type SyncOptions } from '#electron/agent/outbox/sync.ts';
import type { Timers } from '#electron/agent/ports.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { World } from '#test/support/broker-world.ts';
import { openAgentStore, type TestOutbox } from './open-test-outbox.ts';

/** Long waits become short ones: what is tested is what happens after them. */
export const QUICK_TIMERS: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, 2));
    return () => clearTimeout(timer);
  },
};

export type Synced = TestOutbox & { readonly sync: OutboxSync };

export type SyncedOptions = Partial<Omit<SyncOptions, 'client'>> & {
  /** Null: nobody is signed in. */
  readonly client?: null;
  readonly withKey?: boolean;
  /** Whose desktop it is; by default Ana's. */
  readonly user?: string;
  /** Of its database; by default named after the device. */
  readonly file?: string;
  /** Stands between the outbox and the broker. */
  readonly between?: (client: AuditClient) => AuditClient;
};

export async function openSynced(world: World, options: SyncedOptions & { readonly device: string }): Promise<Synced> {
  const {
    device,
    file = `${device}.db`,
    withKey = true,
    user = 'ana',
    between = (client) => client,
    client: who,
    ...over
  } = options;
  const signer = deviceSigner(await world.deviceKey(user, device));
  const client = between(await world.as(user, device));
  const { clock } = world;
  const store = await openAgentStore(join(world.folder, file));
  const outbox = await openOutbox({ store, clock, bootId: 'boot_test', signer: withKey ? signer : null });
  const parts = { store, outbox, clock, timers: QUICK_TIMERS, pin: {}, client: () => (who === null ? null : client) };
  const sync = await startSync({ ...parts, ...over });
  return {
    store,
    outbox,
    sync,
    async close() {
      await sync.close();
      await outbox.close();
      await store.close();
    },
  };
}

/** What the broker has of all epochs of this device's log, in order. */
export async function atBroker(world: World, device: string, user = 'ana'): Promise<readonly string[]> {
  const { thumbprint } = deviceSigner(await world.deviceKey(user, device)).publicKey;
  const { rows } = await sql<{ canonical: string }>`
    select canonical from desktop_records where origin = ${`daypass.desktop/${thumbprint}`} order by epoch, sequence
  `.execute(world.store().read);
  return rows.map(({ canonical }) => canonical);
}

export function uidsOf(records: readonly string[]): readonly string[] {
  return records.map((record) => readRecord(record)?.uid ?? 'unreadable');
}

export function numbersOf(records: readonly string[]): readonly number[] {
  return records.flatMap((record) => {
    const match = /"credential":"crd_(\d+)"/.exec(record);
    return match === null ? [] : [Number(match[1])];
  });
}

export function kindsOf(records: readonly string[]): readonly string[] {
  return records.map((record) => readRecord(record)?.kind ?? 'unreadable');
}
