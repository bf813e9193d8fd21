// Records what happens to the program itself: start, stop, a missing keychain, changed settings, its broker and sign-in.
// A record that cannot be written never stops what it tells of.
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { OutboxData } from '#shared/domain/outbox-data.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Settings } from '#shared/contracts/desktop/settings.ts';
import type { Outbox, OutboxStore } from './outbox/outbox.ts';
import type { Log, SettingsPort } from './ports.ts';

type Parts = {
  readonly store: OutboxStore;
  readonly outbox: Outbox;
  readonly time: Clock;
  readonly settings: SettingsPort;
  readonly log: Log;
};

type ConnectionKind = 'broker.connected' | 'broker.left' | 'sign_in.made' | 'sign_in.ended';
type MachineKind = 'app.started' | 'app.stopped' | 'keychain.unavailable' | 'settings.changed' | ConnectionKind;
type MachineFact = { [K in MachineKind]: { readonly kind: K; readonly data: OutboxData[K] } }[MachineKind];
export type ConnectionFact = Extract<MachineFact, { kind: ConnectionKind }>;

export type MachineFacts = {
  readonly started: (version: string) => Promise<void>;
  readonly stopped: () => Promise<void>;
  readonly keychainUnavailable: (code: string) => void;
  /** Resolves once it is on record, or could not be. */
  readonly connection: (fact: ConnectionFact) => Promise<void>;
};

export function recordMachineFacts({ store, outbox, time, settings, log }: Parts): MachineFacts {
  const record = async (fact: MachineFact): Promise<void> => {
    const event: OutboxEvent = {
      atMs: time.now(),
      actor: 'desktop',
      subject: null,
      resource: null,
      requestId: null,
      grantId: null,
      outcome: fact.kind === 'keychain.unavailable' ? 'failure' : 'success',
      ...fact,
    };
    try {
      await store.transaction((tx) => outbox.append(tx, event));
    } catch (error) {
      log.trouble('record', error, { kind: fact.kind });
    }
  };
  let known = settings.state().values;
  const stop = settings.subscribe(() => {
    const now = settings.state().values;
    const keys = changedKeys(known, now);
    known = now;
    if (keys.length > 0) void record({ kind: 'settings.changed', data: { keys } });
  });
  return {
    started: async (version) => await record({ kind: 'app.started', data: { version } }),
    stopped: async () => {
      stop();
      await record({ kind: 'app.stopped', data: {} });
    },
    keychainUnavailable: (code) => void record({ kind: 'keychain.unavailable', data: { code } }),
    connection: record,
  };
}

function changedKeys(before: Settings, after: Settings): readonly string[] {
  const was = new Map<string, unknown>(Object.entries(before));
  return Object.entries(after).flatMap(([key, value]) => (was.get(key) === value ? [] : [key]));
}
