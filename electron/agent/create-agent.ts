<<<<<<< HEAD
// Wires the desktop's core: vault and log are given, the session is made here. Plain Node; the shell gives the machine.
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
=======
// The desktop's core: vault, log and machine are given, the session is made here. Plain Node, no Electron.
>>>>>>> refs/heads/session
import type { Agent } from './agent.ts';
import { performAction } from './act.ts';
import { createCommands } from './commands.ts';
import { exportLogs } from './export-logs.ts';
import { openKept } from './kept/kept.ts';
import { onMachine } from './machine.ts';
import { inBackground } from './session/in-background.ts';
<<<<<<< HEAD
import { watchReachable } from './session/offline.ts';
import { createReactions } from './session/react.ts';
import { openSession, type Reactions } from './session/session.ts';
import type { SessionDeps } from './session/session-deps.ts';
import type { Deadlines, TrustedTime } from './time-port.ts';
import type { Vault } from './vault/vault.ts';
import { createSnapshot } from './view/snapshot.ts';
import { buildState } from './view/state.ts';

export type AgentParts = {
  readonly version: string;
  readonly host: BrokerHost;
  /** Asked for only while the broker counts as ready. */
  readonly deviceKey: () => DeviceKey;
  /** Opened with `sessionMigrations` among others; whoever opened it closes it after the agent. */
  readonly store: SessionStore;
  readonly vault: Vault;
  readonly outbox: Outbox;
  readonly keychain: Pick<Keychain, 'probe'>;
  readonly time: TrustedTime;
  readonly deadlines: Deadlines;
  readonly timers: Timers;
  readonly clipboard: Pick<ClipboardPort, 'write'>;
  readonly presence: PresencePort;
  readonly settings: SettingsPort;
  readonly notices: NoticePort;
  readonly log: Log;
  /** Whose session of the operating system this is. */
  readonly osUser: string;
  /** Told once how to find the client of who is shown: the log is sent in that person's name. */
  readonly onSession: (client: () => BrokerClient | null) => void;
};
=======
import { wire, type AgentParts } from './wire.ts';
>>>>>>> refs/heads/session

/**
 * Makes the agent. Everything overdue on this machine is wiped before it resolves (`vault.recover`); the broker may still
 * be starting then. Throws when the session's own database cannot be read.
 */
export async function createAgent(parts: AgentParts): Promise<Agent & { readonly changed: () => void }> {
  const { host, vault, outbox, time, log } = parts;
  await vault.recover();
<<<<<<< HEAD
  const kept = await openKept(parts.store);
  const snapshot = createSnapshot(
    () =>
      buildState({
        deps,
        version: parts.version,
        collector,
        presets,
        keychain: keychain.state,
        offlineSinceMs,
        diskFull,
      }),
    time.now,
  );
  const shared = { ...parts, kept, notices: createOutcomeNotices(parts.notices), changed: snapshot.changed };
  const deps: SessionDeps = { ...shared, shown: () => session.shown(), personOf: (user) => session.personOf(user) };
  const keychain = watchKeychain(parts.keychain, snapshot.changed);
  const presets = createPresets(deps);
  const releaser = createReleaser(deps);
  const warnings = createWarnings(deps);
  const collector = createCollector(deps, {
    stored: async (person, copy) => {
      await kept.putCheckout({
        request_id: copy.requestId,
        user: copy.user,
        resource: copy.resource,
        grant_id: copy.issued?.grantId ?? null,
        state: 'held',
      });
      copies.look();
      await ends.replaced(copy);
      if (copy.issued !== null) person.rereadGrant(copy.issued.grantId);
    },
    refused: async (_person, requestId) => {
      const checkout = kept.checkout(requestId);
      if (checkout !== undefined) await releaser.due(checkout);
      await releaser.send();
      await keychain.look();
    },
  });
  let reactions: Reactions | null = null;
  const session = openSession({
    deps: shared,
    deviceKey: parts.deviceKey,
    osUser: parts.osUser,
    reactions: () => {
      if (reactions === null) throw new Error('news before the agent is wired');
      return reactions;
    },
  });
  parts.onSession(() => session.shown()?.client ?? null);
  const copies = watchCopies(deps, releaser, warnings);
  const ends: EndGrants = createEndGrants(deps, copies, releaser);
  reactions = createReactions(deps, {
    collector,
    copies,
    releaser,
    warnings,
    caughtUp: (person) => {
      outbox.syncNow();
      presets.refresh(person);
    },
  });
  const { offlineSinceMs } = watchReachable(deps);
  const diskFull = (): boolean => {
    const recordable = outbox.canRecordGrant();
    const state = host.state();
    return (
      (!recordable.ok && recordable.error === 'disk_full') || (state.kind === 'failed' && state.code === 'disk_full')
    );
  };
=======
  const wired = wire(parts, await openKept(parts.store));
  const { deps, session, snapshot, copies, releaser, keychain } = wired;
>>>>>>> refs/heads/session
  const stops = [
    outbox.subscribe(snapshot.changed),
    parts.settings.subscribe(snapshot.changed),
    time.subscribe(() => {
      snapshot.changed();
      // Nobody knows how late it is: nothing stays usable until the person says.
      if (time.jump() !== null) inBackground(log, 'clock jump', async () => await copies.wipeAll('clock_jump'));
    }),
  ];
  inBackground(log, 'look at the keychain', keychain.look);
  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    if (parts.settings.state().values.wipeOnQuit) {
      await copies.wipeAll('quit');
      await copies.settled();
      await releaser.send();
    }
    for (const stop of stops) stop();
    snapshot.close();
    await session.close();
    await vault.close();
    await host.close();
  }
  const state = snapshot.get;
  return {
    state,
    subscribe: snapshot.subscribe,
<<<<<<< HEAD
    changed: snapshot.changed,
    commands: createCommands({
      deps,
      session,
      asking,
      collector,
      ends,
      presets,
      keychain,
      clipboard: parts.clipboard,
      state,
    }),
    act: async (action) => await performAction({ deps, collector, ends, asking }, action),
=======
    commands: createCommands({ ...wired, clipboard: parts.clipboard, state }),
    act: async (action) => await performAction(wired, action),
>>>>>>> refs/heads/session
    exportLogs: async (folder) => await exportLogs(deps, folder),
    machine: async (event) => await onMachine(wired, event),
    close: async () => await (closing ??= close()),
  };
}
