// The desktop's core: vault, log and machine are given, the session is made here. Plain Node, no Electron.
import type { Agent } from './agent.ts';
import { performAction } from './act.ts';
import { createCommands } from './commands.ts';
import { leave } from './connection/leave.ts';
import { exportLogs } from './export-logs.ts';
import type { WatchedCopies } from './grants/watch-copies.ts';
import { openKept } from './kept/kept.ts';
import { onMachine } from './machine.ts';
import { inBackground } from './session/in-background.ts';
import { tellLogTrouble } from './sinks/log-trouble.ts';
import type { ClockJump } from './time-port.ts';
import { wire, type AgentParts } from './wire.ts';

export type AreaAgent = Agent & {
  readonly changed: () => void;
  /** Ends and wipes everything here, for good: only `close` may follow. False: something could not be deleted. */
  readonly leave: () => Promise<boolean>;
};

/**
 * Makes the agent. Everything overdue on this machine, and what the person had ended, is wiped before it resolves; the
 * broker may still be starting then. Throws when the session's own database cannot be read.
 */
export async function createAgent(parts: AgentParts): Promise<AreaAgent> {
  const { host, vault, outbox, time, log } = parts;
  await vault.recover();
  const kept = await openKept(parts.store, time.now());
  inBackground(log, 'prune what is forgotten', async () => await kept.prune(time.now()));
  const wired = wire(parts, kept);
  const { deps, session, snapshot, copies, releaser, keychain, ends } = wired;
  await ends.finish();
  const endAfterJump = async (): Promise<void> => {
    const jump = time.jump();
    if (jump !== null) await endAtJump(parts, copies, jump);
  };
  const trouble = tellLogTrouble({
    notices: parts.notices,
    told: () => kept.value('log_trouble_told'),
    keep: async (told) => await kept.setValue('log_trouble_told', told),
  });
  parts.onSession(wired.client);
  const stops = [
    outbox.subscribe(snapshot.changed),
    parts.sinks.subscribe(snapshot.changed),
    snapshot.subscribe(() =>
      inBackground(log, 'tell of trouble with the log', async () => await trouble(snapshot.get())),
    ),
    parts.settings.subscribe(snapshot.changed),
    time.subscribe(() => {
      snapshot.changed();
      inBackground(log, 'clock jump', endAfterJump);
    }),
  ];
  // It may have jumped while the program did not run.
  await endAfterJump();
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
    keychain.close();
    // Before anything that a broker which hangs could hold up.
    await vault.close();
    await session.close();
    await host.close();
  }
  const state = snapshot.get;
  return {
    state,
    subscribe: snapshot.subscribe,
    changed: snapshot.changed,
    leave: async () => await leave({ vault, ends }),
    commands: createCommands({
      ...wired,
      clipboard: parts.clipboard,
      connection: parts.connection,
      sinks: parts.sinks,
      state,
    }),
    act: async (action) => await performAction(wired, action),
    exportLogs: async (folder) => await exportLogs(deps, folder),
    machine: async (event) => await onMachine(wired, event),
    close: async () => await (closing ??= close()),
  };
}

/** Nobody knows how late it is: nothing stays usable until the person says. */
async function endAtJump(
  { vault, outbox, time, log }: Pick<AgentParts, 'vault' | 'outbox' | 'time' | 'log'>,
  copies: Pick<WatchedCopies, 'wipeAll'>,
  { byMs }: ClockJump,
): Promise<void> {
  const endedGrants = vault.copies().filter(({ issued }) => issued !== null).length;
  await copies.wipeAll('clock_jump');
  try {
    await outbox.append({ kind: 'clock.jumped', atMs: time.now(), byMs, endedGrants });
  } catch (error) {
    log.trouble('record the jump of the clock', error);
  }
}
