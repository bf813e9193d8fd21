// Opens the desktop's core: database, keychain, time, log, vault, broker and session, in this order, as one agent.
// What is overdue on this machine is wiped before it resolves.
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { Agent, AgentOptions } from './agent.ts';
import { openAgentStore } from './agent-store.ts';
import { systemTime, systemTimers } from './clock.ts';
import { createAgent } from './create-agent.ts';
import { watchDeviceKey } from './device-key-watch.ts';
import type { BrokerHost } from './embedded-broker/broker-host.ts';
import { createEmbeddedHost } from './embedded-broker/embedded-host.ts';
import { openKeychain } from './keychain.ts';
import { deviceSigner } from './outbox/device-signer.ts';
import { openOutbox } from './outbox/open-outbox.ts';
import { sessionOutbox } from './outbox/session-outbox.ts';
import { createSigning } from './outbox/sign-outbox.ts';
import { startSync } from './outbox/sync.ts';
import { recordMachineFacts } from './record-machine-facts.ts';
import { createDeadlines } from './time/deadlines.ts';
import { sessionTime } from './time/session-time.ts';
import { openTrustedTime } from './time/open-trusted-time.ts';
import { openVault } from './vault/open-vault.ts';

/** Under this name the app's items are kept in the keychain. */
export const KEYCHAIN_SERVICE = 'io.daypass.desktop';

/** Refuses with a StoreError when the desktop's own database cannot be opened. */
export async function openAgent({
  dataFolder,
  configFile,
  brokerWorker,
  version,
  ports,
}: AgentOptions): Promise<Agent> {
  await using ending = new AsyncDisposableStack();
  const { log, settings } = ports;
  const timers = systemTimers;
  const bootId = randomUUID();
  let changed: () => void = () => undefined;
  const store = await openAgentStore(dataFolder, () => changed());
  ending.defer(store.close);
  const clockJumps = sessionTime();
  const time = await openTrustedTime({ source: systemTime(), store, log, onJump: clockJumps.tell });
  ending.defer(time.save);
  const deadlines = createDeadlines({ now: time.now, timers, onTick: time.look });
  ending.defer(deadlines.close);
  const keychain = openKeychain({ service: KEYCHAIN_SERVICE, timers });

  const outbox = await openOutbox({ store, clock: time, bootId, signer: null, onTrouble: trouble('outbox') });
  ending.defer(outbox.close);
  const signing = createSigning({ outbox, timers, onTrouble: trouble('outbox') });
  ending.defer(signing.close);
  const facts = recordMachineFacts({ store, outbox, time, settings, log });
  const pin: { keyFingerprint?: string } = {};
  let client: () => BrokerClient | null = () => null;
  const sync = await startSync({
    store,
    outbox,
    clock: time,
    pin,
    timers,
    client: () => client(),
    onTrouble: trouble('sync'),
  });
  ending.defer(sync.close);
  await facts.started(version);
  ending.defer(facts.stopped);

  const vault = openVault({
    store,
    appendRecord: outbox.append,
    keychain,
    clipboard: ports.clipboard,
    time,
    deadlines,
    log,
  });
  const embedded = createEmbeddedHost({
    entry: brokerWorker,
    configFile,
    dataFolder,
    timers,
    log,
    onReady: ({ ledgerKeyFingerprint }) => (pin.keyFingerprint = ledgerKeyFingerprint),
  });
  let keyFound: () => void = () => undefined;
  const deviceKey = await watchDeviceKey({
    keychain,
    timers,
    log,
    missing: facts.keychainUnavailable,
    found: async (key, kept) => {
      // A key that nobody keeps would open a new epoch of the log at each start: then records wait unsigned.
      if (kept) await signing.use(deviceSigner(key));
      keyFound();
    },
  });
  ending.defer(deviceKey.close);
  const host = onceKeyed(
    embedded,
    () => deviceKey.current() !== null,
    (told) => (keyFound = told),
  );

  const agent = await createAgent({
    version,
    host,
    deviceKey: () => {
      const key = deviceKey.current();
      if (key === null) throw new Error('nobody is served before the device key is there');
      return key;
    },
    store,
    vault,
    outbox: sessionOutbox({
      store,
      outbox,
      sync,
      clock: time,
      device: () => deviceKey.current()?.device ?? null,
      diskFull: store.diskFull,
      damaged: signing.damaged,
    }),
    keychain,
    time: { ...clockJumps.port, now: time.now, jump: time.jump, acceptJump: async () => clockJumps.accept(time) },
    deadlines: { at: deadlines.set, cancel: deadlines.clear, recheck: deadlines.recheck },
    timers,
    ...ports,
    osUser: userInfo().username,
    onSession: (current) => (client = current),
  });
  changed = agent.changed;
  const rest = ending.move();
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await agent.close();
    await rest.disposeAsync();
  };
  return {
    ...agent,
    machine: async (event) => {
      time.look();
      await deviceKey.look();
      await agent.machine(event);
    },
    close: async () => await (closing ??= close()),
  };

  function trouble(where: string): (error: unknown) => void {
    return (error) => log.trouble(where, error);
  }
}

/** The broker, which serves this desktop only when it can prove itself: until then it counts as starting. */
function onceKeyed(host: BrokerHost, keyed: () => boolean, onKey: (told: () => void) => void): BrokerHost {
  const listeners = new Set<() => void>();
  onKey(() => {
    for (const listener of listeners) listener();
  });
  return {
    ...host,
    state: () => {
      const state = host.state();
      return state.kind === 'ready' && !keyed() ? { kind: 'starting' } : state;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      const stop = host.subscribe(listener);
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
  };
}
