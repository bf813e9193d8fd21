// The desktop's own log with everything that belongs to it: taking in, signing, sending, and the facts of the program.
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { err } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { SyncState } from '#shared/contracts/desktop/state.ts';
import type { AgentStore } from './agent-store.ts';
import type { BrokerChoice } from './connection/broker-choice.ts';
import { deviceSigner } from './outbox/device-signer.ts';
import { startHeartbeat } from './outbox/heartbeat.ts';
import { openOutbox } from './outbox/open-outbox.ts';
import type { Outbox } from './outbox/outbox.ts';
import { startPruning } from './outbox/prune-daily.ts';
import { sessionOutbox } from './outbox/session-outbox.ts';
import { createSigning } from './outbox/sign-outbox.ts';
import { startSync } from './outbox/sync.ts';
import type { DeliveredUpTo, SinkSource } from '#shared/sinks/sinks.ts';
import type { Outbox as SessionOutbox } from './outbox-port.ts';
import type { Log, SettingsPort, Timers } from './ports.ts';
import { outboxSource } from './sinks/outbox-source.ts';
import { recordsKept } from './records-kept.ts';
import { recordMachineFacts, type MachineFacts } from './record-machine-facts.ts';

export type DesktopLog = {
  readonly append: Outbox['append'];
  readonly facts: MachineFacts;
  /** From now on records are signed with this key, as soon as the log can be. Never throws for the log's sake. */
  readonly useKey: (key: DeviceKey) => Promise<void>;
  /** The ledger's key as the embedded broker told it: no other ledger is believed. */
  readonly pinLedger: (keyFingerprint: string) => void;
  /** In whose name it is sent. */
  readonly sendAs: (client: () => BrokerClient | null) => void;
  /** How the device key is changed, once somebody can. */
  readonly changeKeyBy: (change: SessionOutbox['changeKey']) => void;
  readonly outbox: Outbox;
  readonly sync: () => SyncState;
  readonly client: () => BrokerClient | null;
  readonly forSession: SessionOutbox;
  /** What its sinks are given. */
  readonly source: SinkSource;
  /** From now on its old records are pruned, as far as these sinks have them. */
  readonly pruneAsDelivered: (delivered: () => Promise<DeliveredUpTo>) => void;
  /** Records the stop, ends sending, closes the log. */
  readonly close: () => Promise<void>;
};

type Options = {
  readonly store: AgentStore;
  readonly time: Clock & { readonly jump: () => unknown };
  /** Tells this run of the program from others. */
  readonly bootId: string;
  readonly timers: Timers;
  readonly settings: SettingsPort;
  readonly log: Log;
  /** Thumbprint of the device key, null while it is not there. */
  readonly device: () => string | null;
  /** An embedded broker belongs to the same person: what it has is nobody's countersignature. */
  readonly choice: Pick<BrokerChoice, 'kind'>;
};

export async function openDesktopLog({
  store,
  time,
  bootId,
  timers,
  settings,
  log,
  device,
  choice,
}: Options): Promise<DesktopLog> {
  const trouble = (where: string) => (error: unknown) => log.trouble(where, error);
  const outbox = await openOutbox({ store, clock: time, bootId, signer: null, onTrouble: trouble('outbox') });
  const signing = createSigning({ outbox, timers, onTrouble: trouble('outbox') });
  const facts = recordMachineFacts({ store, outbox, time, settings, log });
  const pin: { keyFingerprint?: string } = {};
  let client: () => BrokerClient | null = () => null;
  let changeKey: SessionOutbox['changeKey'] = () => Promise.resolve(err('no_key'));
  const sync = await startSync({
    store,
    outbox,
    clock: time,
    pin,
    timers,
    ownReceiver: choice.kind === 'embedded',
    client: () => client(),
    onTrouble: trouble('sync'),
  });
  const stopHeartbeat = startHeartbeat({ store, outbox, clock: time, timers, onTrouble: trouble('heartbeat') });
  let stopPruning = async (): Promise<void> => {};
  return {
    append: outbox.append,
    facts,
    useKey: async (key) => await signing.use(deviceSigner(key)),
    pinLedger: (keyFingerprint) => (pin.keyFingerprint = keyFingerprint),
    sendAs: (current) => (client = current),
    changeKeyBy: (change) => (changeKey = change),
    outbox,
    sync: sync.state,
    client: () => client(),
    source: outboxSource(store, outbox),
    forSession: {
      changeKey: async () => (signing.damaged() ? err('no_key') : await changeKey()),
      ...sessionOutbox({
        store,
        outbox,
        sync,
        clock: time,
        device,
        diskFull: store.diskFull,
        damaged: signing.damaged,
      }),
    },
    pruneAsDelivered: (delivered) => {
      stopPruning = startPruning({
        store,
        outbox,
        clock: time,
        timers,
        delivered,
        keepMs: async () => await recordsKept({ settings, choice, client: () => client() }),
        clockIsDoubtful: () => time.jump() !== null,
        onTrouble: trouble('pruning'),
      });
    },
    close: async () => {
      await stopPruning();
      signing.close();
      await stopHeartbeat();
      await facts.stopped();
      await sync.close();
      await outbox.close();
    },
  };
}
