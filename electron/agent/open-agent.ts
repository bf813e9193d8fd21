// Opens the desktop's core: database, keychain, time, log, vault, broker and session, in this order, as one agent.
// What is overdue on this machine is wiped before it resolves.
import { err } from '#shared/domain/result.ts';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Agent, AgentCommands, AgentOptions } from './agent.ts';
import { openAgentStore } from './agent-store.ts';
import { boundedClipboard } from './bounded-clipboard.ts';
import { systemTime, systemTimers } from './clock.ts';
import { createAgent } from './create-agent.ts';
import { watchDeviceKey, type DeviceKeyWatch } from './device-key-watch.ts';
import { createEmbeddedHost } from './embedded-broker/embedded-host.ts';
import { onceKeyed } from './embedded-broker/once-keyed.ts';
import type { Keychain } from './keychain-port.ts';
import { openKeychain } from './keychain.ts';
import { keychainOfFolder } from './keychain-of-folder.ts';
import { openDesktopLog } from './open-desktop-log.ts';
import { createDeadlines } from './time/deadlines.ts';
import { openTrustedTime } from './time/open-trusted-time.ts';
import { sessionTime } from './time/session-time.ts';
import { openVault } from './vault/open-vault.ts';
import { openOrWipe } from './wipe-without-records.ts';

/** Under this name the app's items are kept in the keychain. */
export const KEYCHAIN_SERVICE = 'io.daypass.desktop';

/**
 * Refuses with a StoreError when the desktop's own database cannot be opened; then no credential is left on this machine,
 * unless another app has that database.
 */
export async function openAgent(options: AgentOptions): Promise<Agent> {
  const everybodys = openKeychain({ service: KEYCHAIN_SERVICE, timers: systemTimers });
  const keychain = keychainOfFolder(everybodys, options.dataFolder);
  return await openOrWipe(async () => await openWith(options, keychain), keychain, options.ports.log);
}

async function openWith(options: AgentOptions, keychain: Keychain): Promise<Agent> {
  const { dataFolder, version, ports } = options;
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
  const desktopLog = await openDesktopLog({ store, time, bootId: randomUUID(), timers, settings, log, device });
  opened.defer(desktopLog.close);
  await desktopLog.facts.started(version);

  const clipboard = boundedClipboard(ports.clipboard, timers);
  const vault = openVault({ store, appendRecord: desktopLog.append, keychain, clipboard, time, deadlines, log });
  const embedded = createEmbeddedHost({
    entry: options.brokerWorker,
    configFile: options.configFile,
    dataFolder,
    timers,
    log,
    onReady: ({ ledgerKeyFingerprint }) => desktopLog.pinLedger(ledgerKeyFingerprint),
  });
  const host = onceKeyed(embedded, () => device() !== null);
  const deviceKey = watchDeviceKey({
    keychain,
    timers,
    log,
    missing: desktopLog.facts.keychainUnavailable,
    found: async (found, kept) => {
      // A key that nobody keeps would open a new epoch of the log at each start: then records wait unsigned.
      if (kept) await desktopLog.useKey(found);
      host.keyFound();
    },
  });
  key = deviceKey;
  opened.defer(deviceKey.close);
  await deviceKey.look('quietly');

  const agent = await createAgent({
    version,
    host,
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
    commands: askingForTheKey(agent.commands, deviceKey),
    machine: async (event) => {
      time.look();
      await deviceKey.look('quietly');
      await agent.machine(event);
    },
    close: async () => await (closing ??= close()),
  };
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
