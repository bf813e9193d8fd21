// A vault on a real database and a real embedded broker, with clocks, keychain and clipboard in the test's hands.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeadlines, type Deadlines } from '#electron/agent/time/deadlines.ts';
import { openVault } from '#electron/agent/vault/open-vault.ts';
import type { VaultTables } from '#electron/agent/vault/tables.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { CheckOut, Vault } from '#electron/agent/vault/vault.ts';
import type { VaultOptions } from '#electron/agent/vault/vault-options.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { HOUR_MS, type DurationMs } from '#shared/domain/time.ts';
import type { Store } from '#shared/store/store.ts';
import { expectOk, newKey, openWorld, type World } from './broker-world.ts';
import { createHandClipboard, type HandClipboard } from './hand-clipboard.ts';
import { createHandKeychain, type HandKeychain } from './hand-keychain.ts';
import { createHandTimers, type HandTimers } from './hand-timers.ts';
import { openRecordedStore, recordInto, type RecordedTables } from './recorded-store.ts';

export type VaultWorld = {
  readonly world: World;
  readonly ana: BrokerClient;
  readonly keychain: HandKeychain;
  readonly clipboard: HandClipboard;
  readonly timers: HandTimers;
  readonly folder: string;
  /** What the log was told, as text. */
  readonly logged: string[];
  readonly disk: { writes: 'well' | 'full' };
  readonly vault: () => Vault;
  readonly deadlines: () => Deadlines;
  /** The records in the order in which they became durable. */
  readonly records: () => Promise<readonly OutboxEvent[]>;
  /** An approved request of ana's, as the vault is asked to check it out. */
  readonly approved: (durationMs?: DurationMs, more?: Partial<CheckOut>) => Promise<CheckOut>;
  /** As after a crash: another vault on the same data, recovered. What was in memory is gone. */
  readonly restart: (options?: { readonly recover?: boolean }) => Promise<void>;
  /** Lets time pass, timers fire and what they began come to its end. */
  readonly pass: (byMs: DurationMs) => Promise<void>;
  readonly close: () => Promise<void>;
};

export async function openVaultWorld(over: Partial<VaultOptions> = {}): Promise<VaultWorld> {
  const world = await openWorld();
  const ana = await world.as('ana');
  const folder = mkdtempSync(join(tmpdir(), 'daypass-vault-'));
  const keychain = createHandKeychain();
  const clipboard = createHandClipboard();
  const timers = createHandTimers(world.clock.advance);
  const logged: string[] = [];
  const disk: VaultWorld['disk'] = { writes: 'well' };
  let store = await openRecordedStore(folder);
  let running = openOn(store);

  function openOn(opened: Store<RecordedTables>): { readonly vault: Vault; readonly deadlines: Deadlines } {
    const deadlines = createDeadlines({ now: world.clock.now, timers });
    const vault = openVault({
      store: failing(opened, disk),
      appendRecord: recordInto,
      keychain,
      clipboard,
      time: { now: world.clock.now, anchor: async () => undefined },
      deadlines,
      log: {
        info: (event, facts) => void logged.push(`${event} ${JSON.stringify(facts)}`),
        trouble: (event, error, facts) => void logged.push(`${event} ${String(error)} ${JSON.stringify(facts)}`),
      },
      ...over,
    });
    return { vault, deadlines };
  }

  await running.vault.recover();
  return {
    world,
    ana,
    keychain,
    clipboard,
    timers,
    folder,
    logged,
    disk,
    vault: () => running.vault,
    deadlines: () => running.deadlines,
    records: async () => {
      const rows = await store.read.selectFrom('records').selectAll().orderBy('seq').execute();
      return rows.map((row): OutboxEvent => JSON.parse(row.event));
    },
    approved: async (durationMs = HOUR_MS, more = {}) => {
      const request = expectOk(await ana.submit({ ...APPROVED, durationMs }, newKey()));
      const { requestId, resource } = { requestId: request.id, resource: request.resource.id };
      return { client: ana, user: 'ana', subject: 'sub_ana', requestId, resource, allowMemory: false, ...more };
    },
    restart: async ({ recover = true } = {}) => {
      running.deadlines.close();
      await store.close();
      store = await openRecordedStore(folder);
      running = openOn(store);
      if (recover) await running.vault.recover();
    },
    pass: async (byMs) => {
      timers.pass(byMs);
      await settle();
    },
    close: async () => {
      running.deadlines.close();
      await running.vault.close();
      await store.close();
      await world.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A wish that the example's policies approve at any hour. */
const APPROVED = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation' };

function failing(store: Store<RecordedTables>, disk: VaultWorld['disk']): Store<VaultTables> {
  const tables = store as unknown as Store<VaultTables>;
  return {
    ...tables,
    transaction: async (work) => {
      if (disk.writes === 'full') throw new Error('the disk is full');
      return await tables.transaction(work);
    },
  };
}

/** Gives real turns of the event loop to what was begun: SQLite commits on one, the hand keychain answers in another. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
