// A vault in a process of its own, on the real keyring and database, that stops for ever at a named point and says so:
// the test kills it there. `node vault-child.ts FOLDER check-out|wipe STEP`.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { systemTimers } from '#electron/agent/clock.ts';
import { openKeychain } from '#electron/agent/keychain.ts';
import type { Keychain } from '#electron/agent/keychain-port.ts';
import type { ClipboardPort } from '#electron/agent/ports.ts';
import { createDeadlines } from '#electron/agent/time/deadlines.ts';
import { openVault } from '#electron/agent/vault/open-vault.ts';
import type { Vault } from '#electron/agent/vault/vault.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { ok } from '#shared/domain/result.ts';
import type { Store } from '#shared/store/store.ts';
import type { VaultTables } from '#electron/agent/vault/tables.ts';
import { collectedView } from './collected-view.ts';
import { openRecordedStore, recordInto, type RecordedTables } from './recorded-store.ts';

export const CHILD_SERVICE = 'daypass-kill';
/** What the tests look for in every file: a word that is in no other place than the credential. */
export const CHILD_TOKEN = 'eyJ0.c2VjcmV0LW9mLXRoZS1raWxsLXRlc3Q.c2lnbmF0dXJlLW9mLXRoZS1raWxsLXRlc3Q';

export type Steps = { readonly reach: (step: string) => Promise<void> };

export type ChildVault = {
  readonly vault: Vault;
  readonly keychain: Keychain;
  readonly clipboard: ClipboardPort;
  readonly records: () => Promise<readonly OutboxEvent[]>;
  readonly client: BrokerClient;
  readonly close: () => Promise<void>;
};

/** Each port tells its steps, before and after what it does. `nowOffMs` moves this vault's time. */
export async function openChildVault(folder: string, steps: Steps, nowOffMs = 0): Promise<ChildVault> {
  const now = (): number => Date.now() + nowOffMs;
  const store = await openRecordedStore(folder);
  const keychain = steppedKeychain(openKeychain({ service: CHILD_SERVICE, timers: systemTimers }), steps);
  const clipboard = fileClipboard(join(folder, '..', 'clipboard'), steps);
  const deadlines = createDeadlines({ now, timers: systemTimers });
  const vault = openVault({
    store: steppedStore(store, steps),
    appendRecord: recordInto,
    keychain,
    clipboard,
    time: { now, anchor: async () => undefined },
    deadlines,
    log: {
      info: (event, facts) => appendFileSync(join(folder, 'log'), `${event} ${JSON.stringify(facts)}\n`),
      trouble: (event, error) => appendFileSync(join(folder, 'log'), `${event} ${String(error)}\n`),
    },
  });
  const client = { collect: collectFrom(folder, now, steps) } as unknown as BrokerClient;
  return {
    vault,
    keychain,
    clipboard,
    client,
    records: async () => {
      const rows = await store.read.selectFrom('records').selectAll().orderBy('seq').execute();
      return rows.map((row): OutboxEvent => JSON.parse(row.event));
    },
    close: async () => {
      deadlines.close();
      await vault.close();
      await store.close();
    },
  };
}

function steppedKeychain(keychain: Keychain, { reach }: Steps): Keychain {
  const isCopy = (account: string): boolean => account.startsWith('copy:');
  return {
    ...keychain,
    set: async (account, bytes) => {
      if (isCopy(account)) await reach('before set');
      const done = await keychain.set(account, bytes);
      if (isCopy(account)) await reach('after set');
      return done;
    },
    remove: async (account) => {
      if (isCopy(account)) await reach('before remove');
      const done = await keychain.remove(account);
      if (isCopy(account)) await reach('after remove');
      return done;
    },
  };
}

/** Counts the transactions: `before commit 2` is reached inside the second, with all of it written. */
function steppedStore(store: Store<RecordedTables>, { reach }: Steps): Store<VaultTables> {
  let count = 0;
  const tables = store as unknown as Store<VaultTables>;
  return {
    ...tables,
    transaction: async (work) => {
      const mine = (count += 1);
      const value = await tables.transaction(async (tx) => {
        const done = await work(tx);
        await reach(`before commit ${mine}`);
        return done;
      });
      await reach(`after commit ${mine}`);
      return value;
    },
  };
}

function fileClipboard(file: string, { reach }: Steps): ClipboardPort {
  return {
    read: async () => (existsSync(file) ? readFileSync(file, 'utf8') || null : null),
    write: async (text) => {
      await reach('before clipboard');
      writeFileSync(file, text);
      await reach('after clipboard');
    },
    clear: async () => writeFileSync(file, ''),
  };
}

/** A broker that keeps to the contract: the same request is collected again only with the same collect id. */
function collectFrom(folder: string, now: () => number, { reach }: Steps): BrokerClient['collect'] {
  return async (requestId, collectId) => {
    await reach('before collect');
    const file = join(folder, '..', `collected-${requestId}`);
    if (!existsSync(file)) writeFileSync(file, JSON.stringify({ collectId, endsAtMs: now() + HOUR_MS }));
    const first: { collectId: string; endsAtMs: number } = JSON.parse(readFileSync(file, 'utf8'));
    if (first.collectId !== collectId) throw new Error('the request was collected under another id');
    await reach('after collect');
    return ok(collectedView(requestId, first.endsAtMs, CHILD_TOKEN));
  };
}

export const CHILD_ORDER = {
  user: 'ana',
  subject: 'sub_ana',
  requestId: 'r1',
  resource: 'dataset:penguins',
  allowMemory: false,
};

if (import.meta.main) {
  // It is killed before it would leave to the next one what Node compiled.
  flushCompileCache();
  const [folder = '', , stopAt = ''] = process.argv.slice(2);
  const reach = async (step: string): Promise<void> => {
    process.stdout.write(`${step}\n`);
    // Held by a timer: nothing else may keep the process alive while it waits to be killed.
    if (step === stopAt) await new Promise((resolve) => setTimeout(resolve, HOUR_MS));
  };
  const { vault, client } = await openChildVault(folder, { reach });
  await vault.recover();
  const checkedOut = await vault.checkOut({ ...CHILD_ORDER, client });
  if (!checkedOut.ok) throw new Error(JSON.stringify(checkedOut.error));
  await vault.copyToken(checkedOut.value.collectId, HOUR_MS);
  process.stdout.write('stored\n');
  if (process.argv[3] === 'wipe') await vault.wipe(checkedOut.value.collectId, 'released');
  process.stdout.write('over\n');
  process.exit(0);
}
