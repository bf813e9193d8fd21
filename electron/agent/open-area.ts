// Opens the desktop's core on one broker and its data area: database, keychain, time, log, vault, broker and session, in
// this order, as one agent. What is overdue in this area is wiped before it resolves.
import { err } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { AgentCommands, AgentOptions } from './agent.ts';
import { openAgentStore } from './agent-store.ts';
import { boundedClipboard } from './bounded-clipboard.ts';
import { systemTime, systemTimers } from './clock.ts';
import { openKeyChange } from './change-device-key.ts';
import { createAgent, type AreaAgent } from './create-agent.ts';
import { watchDeviceKey, type DeviceKeyWatch } from './device-key-watch.ts';
import type { BrokerChoice } from './connection/broker-choice.ts';
import type { BrokersPort, ConnectionPort } from './connection/connection-port.ts';
import type { Network } from './connection/https-fetch.ts';
import { openTeam, type TeamOptions } from './connection/open-team.ts';
import type { Revocations } from './connection/revocations.ts';
import type { BrokerHost } from './embedded-broker/broker-host.ts';
import { createEmbeddedHost } from './embedded-broker/embedded-host.ts';
import { onceKeyed } from './embedded-broker/once-keyed.ts';
import type { Keychain } from './keychain-port.ts';
import { keychainOfFolder } from './keychain-of-folder.ts';
import { openAreaSinks } from './sinks/open-area-sinks.ts';
import { type DesktopLog, openDesktopLog } from './open-desktop-log.ts';
import type { Timers } from './ports.ts';
import type { MachineFacts } from './record-machine-facts.ts';
import { createDeadlines } from './time/deadlines.ts';
import { openTrustedTime } from './time/open-trusted-time.ts';
import { sessionTime } from './time/session-time.ts';
import { openVault } from './vault/open-vault.ts';
import { openOrWipe } from './wipe-without-records.ts';

export type OpenedArea = AreaAgent & {
  /** Takes note of a broker that is left or used from now on. Never rejects. */
  readonly record: MachineFacts['connection'];
};

export type AreaOptions = {
  readonly options: Omit<AgentOptions, 'dataFolder' | 'managedBroker'>;
  readonly choice: BrokerChoice;
  /** The organisation chose it. */
  readonly managed: boolean;
  /** Where all of this broker's data is, and nothing of another's. */
  readonly folder: string;
  readonly keychain: Keychain;
  readonly network: Pick<Network, 'fetch'>;
  readonly revocations: Pick<Revocations, 'add'>;
  readonly brokers: BrokersPort;
};

/**
 * Refuses with a StoreError when the area's database cannot be opened; then no credential of it is left on this machine,
 * unless another app has that database.
 */
export async function openArea(area: AreaOptions): Promise<OpenedArea> {
  const keychain = keychainOfFolder(area.keychain, area.folder);
  return await openOrWipe(async () => await openWith(area, keychain), keychain, area.options.ports.log);
}

async function openWith(area: AreaOptions, keychain: Keychain): Promise<OpenedArea> {
  const { options, choice, folder: dataFolder } = area;
  const { version, ports } = options;
  const { log, settings } = ports;
  const timers = systemTimers;
  await using opened = new AsyncDisposableStack();
  let changed: () => void = () => undefined;
  const store = await openAgentStore(dataFolder, () => changed());
  opened.defer(store.close);
  const jumps = sessionTime();
  const time = await openTrustedTime({ source: systemTime(), store, log, onJump: jumps.tell });
  opened.defer(time.save);
  const deadlines = createDeadlines({ now: time.now, timers, onTick: time.look });
  opened.defer(deadlines.close);

  let key: DeviceKeyWatch | null = null;
  const device = (): string | null => key?.current()?.device ?? null;
  const desktopLog = await openDesktopLog({ store, time, bootId: randomUUID(), timers, settings, log, device, choice });
  opened.defer(desktopLog.close);
  await desktopLog.facts.started(version);
  const sinks = await openLogSinks(area, desktopLog, { store, keychain, clock: time, timers, log });
  opened.defer(sinks.close);

  const clipboard = boundedClipboard(ports.clipboard, timers);
  const vault = openVault({ store, appendRecord: desktopLog.append, keychain, clipboard, time, deadlines, log });
  const parts = { store, keychain, vault, time, timers, log, record: desktopLog.facts.connection };
  const { host: bare, connection } =
    choice.kind === 'team'
      ? await teamOf(area, choice.url, parts)
      : embeddedOf(area, timers, (fingerprint) => desktopLog.pinLedger(fingerprint));
  const host = onceKeyed(bare, () => device() !== null);
  const deviceKey = watchDeviceKey({
    keychain,
    timers,
    log,
    missing: desktopLog.facts.keychainUnavailable,
    found: async (found, kept) => {
      // A key that nobody keeps would open a new epoch of the log at each start: then records wait unsigned.
      if (kept) await desktopLog.useKey(await keyChange.resume(found));
      host.keyFound();
    },
  });
  key = deviceKey;
  const keyChange = openKeyChange(desktopLog, deviceKey, { keychain, store, timers, log });
  opened.defer(() => [keyChange, deviceKey].forEach(({ close }) => close()));
  await deviceKey.look('quietly');

  const agent = await createAgent({
    version,
    host,
    connection,
    sinks,
    deviceKey: deviceKey.need,
    store,
    vault,
    outbox: desktopLog.forSession,
    keychain: { probe: async () => await probeWithKey(keychain, deviceKey) },
    time: { ...jumps.port, now: time.now, jump: time.jump, acceptJump: async () => jumps.accept(time) },
    deadlines: { at: deadlines.set, cancel: deadlines.clear, recheck: deadlines.recheck },
    timers,
    ...ports,
    osUser: userInfo().username,
    onSession: desktopLog.sendAs,
  });
  changed = agent.changed;
  const rest = opened.move();
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    await agent.close();
    await rest.disposeAsync();
  };
  return {
    ...agent,
    record: desktopLog.facts.connection,
    commands: askingForTheKey(agent.commands, deviceKey),
    machine: async (event) => {
      time.look();
      if (event !== 'suspend' && event !== 'lock') connection.signIn?.tokens.retry();
      await deviceKey.look('quietly');
      await agent.machine(event);
    },
    close: async () => await (closing ??= close()),
  };
}

type LogSinksParts = Pick<Parameters<typeof openAreaSinks>[0], 'store' | 'keychain' | 'clock' | 'timers' | 'log'>;

/** Where the log goes besides, and what may then be pruned of it. */
async function openLogSinks({ options }: AreaOptions, desktopLog: DesktopLog, parts: LogSinksParts) {
  const { append, source } = desktopLog;
  const { version, managedSinks: managed } = options;
  const sinks = await openAreaSinks({ ...parts, append, source, managed, version });
  desktopLog.pruneAsDelivered(sinks.deliveredUpTo);
  return sinks;
}

type Used = { readonly host: BrokerHost; readonly connection: ConnectionPort };

function embeddedOf({ options, folder, brokers }: AreaOptions, timers: Timers, pin: (key: string) => void): Used {
  const host = createEmbeddedHost({
    entry: options.brokerWorker,
    configFile: options.configFile,
    dataFolder: folder,
    timers,
    log: options.ports.log,
    onReady: ({ ledgerKeyFingerprint }) => pin(ledgerKeyFingerprint),
  });
  return { host, connection: { view: () => ({ kind: 'embedded' }), signIn: null, brokers } };
}

type TeamParts = Pick<TeamOptions, 'store' | 'keychain' | 'vault' | 'timers' | 'log' | 'record'> & {
  readonly time: { readonly now: () => EpochMs };
};

async function teamOf(area: AreaOptions, url: string, { time, ...parts }: TeamParts): Promise<Used> {
  const { managed, network, revocations, brokers } = area;
  const { browser } = area.options.ports;
  const team = await openTeam({ url, managed, network, revocations, browser, now: time.now, ...parts });
  return { host: team.host, connection: { view: team.view, signIn: team.signIn, brokers } };
}

/** Only the person's own click may bring up the system's question for the keychain's password. */
function askingForTheKey(commands: AgentCommands, deviceKey: DeviceKeyWatch): AgentCommands {
  return {
    ...commands,
    retry: async (args) => {
      if (args.what === 'keychain') await deviceKey.look('asking the person');
      return await commands.retry(args);
    },
  };
}

/** A keychain that holds nothing of ours yet does not say that it is locked: not taking our key does. */
async function probeWithKey(
  keychain: Pick<Keychain, 'probe'>,
  { problem }: Pick<DeviceKeyWatch, 'problem'>,
): ReturnType<Keychain['probe']> {
  const missing = problem();
  if (missing === null || missing === 'none') return await keychain.probe();
  return err(missing === 'damaged' ? 'failed' : missing);
}
