// The agent that the shell holds for as long as the program runs, over the one of the broker that is used now. Another
// broker is another agent on a data area of its own; the one before has ended and wiped everything by then.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Agent, AgentCommands, AgentOptions } from '../agent.ts';
import type { Keychain } from '../keychain-port.ts';
import { keychainOfFolder } from '../keychain-of-folder.ts';
import { openArea, type OpenedArea } from '../open-area.ts';
import type { Log, Timers } from '../ports.ts';
import { inBackground } from '../session/in-background.ts';
import { forgetSinkSecrets } from '../sinks/sink-secrets.ts';
import { wipeWithoutRecords } from '../wipe-without-records.ts';
import { areaOf, otherAreas, readBrokerChoice, writeBrokerChoice, type BrokerChoice } from './broker-choice.ts';
import type { BrokersPort, ConnectRefused } from './connection-port.ts';
import { forgetSignIn } from './kept-sign-in.ts';
import type { Network } from './https-fetch.ts';
import { createRevocations } from './revocations.ts';
import { brokerFound, readSignInOffer } from './sign-in-offer.ts';

export type SwitchingParts = {
  readonly keychain: Keychain;
  readonly network: Network;
  readonly timers: Timers;
};

async function wipeAreas(folders: readonly string[], keychain: Keychain, log: Log): Promise<void> {
  for (const folder of folders) {
    const theirs = keychainOfFolder(keychain, folder);
    await wipeWithoutRecords(theirs, log);
    await forgetSignIn(theirs);
    await forgetSinkSecrets(theirs);
  }
}

/** Refuses as `openArea` does, and when it cannot be read which broker was chosen. */
export async function openSwitchingAgent(options: AgentOptions, parts: SwitchingParts): Promise<Agent> {
  const { managedBroker, dataFolder, ports } = options;
  const { network, timers, keychain } = parts;
  const { log } = ports;
  const managed = managedBroker !== null;
  const listeners = new Set<() => void>();
  const revocations = createRevocations(network, timers, log);
  let choice: BrokerChoice = managed ? { kind: 'team', url: managedBroker } : readBrokerChoice(dataFolder);
  let switching = false;
  let closing: Promise<void> | null = null;

  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const open = async (which: BrokerChoice): Promise<OpenedArea> => {
    const folder = areaOf(dataFolder, which);
    const area = { options, choice: which, managed, folder, keychain, network, revocations, brokers };
    const opened = await openArea(area);
    opened.subscribe(tell);
    return opened;
  };

  async function goOnWith(next: BrokerChoice): Promise<Result<null, ConnectRefused>> {
    if (managed) return err('managed');
    if (switching || closing !== null) return err('busy');
    if (areaOf(dataFolder, next) === areaOf(dataFolder, choice)) return ok(null);
    switching = true;
    try {
      // A sign-in ends with the broker that it was for.
      if (!(await current.leave())) return err('not_wiped');
      if (choice.kind === 'team') await current.commands['sign-out'](null);
      await current.record({ kind: 'broker.left', data: { mode: choice.kind } });
      return await replace(next);
    } finally {
      switching = false;
      tell();
    }
  }

  async function replace(next: BrokerChoice): Promise<Result<null, ConnectRefused>> {
    const before = choice;
    await current.close();
    try {
      writeBrokerChoice(dataFolder, next);
      current = await open(next);
      choice = next;
      const left = keychainOfFolder(keychain, areaOf(dataFolder, before));
      inBackground(log, 'forget secrets of sinks', async () => await forgetSinkSecrets(left));
      await current.record({ kind: 'broker.connected', data: { mode: next.kind } });
      return ok(null);
    } catch (error) {
      log.trouble('use another broker', error);
      writeBrokerChoice(dataFolder, before);
      current = await open(before);
      return err('internal');
    }
  }

  const brokers: BrokersPort = {
    find: async (url) => {
      const offer = await readSignInOffer(network, url);
      return offer.ok ? ok(brokerFound(url, offer.value)) : offer;
    },
    connect: async (url) => {
      if (managed) return err('managed');
      // Nothing is given up for an address where nobody answers.
      const offer = await readSignInOffer(network, url);
      return offer.ok ? await goOnWith({ kind: 'team', url }) : offer;
    },
    disconnect: async () => await goOnWith({ kind: 'embedded' }),
  };

  let current = await open(choice);
  const left = otherAreas(dataFolder, choice);
  inBackground(log, 'wipe what another broker left', async () => await wipeAreas(left, keychain, log));
  const close = async (): Promise<void> => {
    await current.close();
    revocations.close();
    await network.close();
  };
  return {
    state: () => current.state(),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    commands: throughCurrent(() => current.commands),
    act: async (action) => await current.act(action),
    exportLogs: async (folder) => await current.exportLogs(folder),
    machine: async (event) => {
      if (event === 'resume') network.renew();
      await current.machine(event);
    },
    close: async () => await (closing ??= close()),
  };
}

/** Each command of whoever is there when it comes. */
function throughCurrent(current: () => AgentCommands): AgentCommands {
  const entries = Object.keys(current()).map((name) => [
    name,
    async (args: never) => await (current()[name as keyof AgentCommands] as (args: never) => Promise<unknown>)(args),
  ]);
  // Same names, same arguments, same results.
  return Object.fromEntries(entries) as AgentCommands;
}
