// The sinks of a desktop on a real store, log and delivery: only the keychain, clock and timers are small and by hand.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import { openAgentStore, type AgentStore } from '#electron/agent/agent-store.ts';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import type { Outbox } from '#electron/agent/outbox/outbox.ts';
import { openDeskSinks, type OpenedDeskSinks } from '#electron/agent/sinks/open-desk-sinks.ts';
import { outboxSource } from '#electron/agent/sinks/outbox-source.ts';
import { NO_MANAGED_SINKS, type ManagedSinksPort } from '#electron/agent/sinks/sinks-port.ts';
import { DELIVERY_TABLES } from '#electron/agent/sinks/tables.ts';
import type { SinkCard } from '#shared/contracts/desktop/sinks.ts';
import { openSinks } from '#shared/sinks/open-sinks.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';
import { createHandKeychain, type HandKeychain } from '#test/support/hand-keychain.ts';
import { createHandTimers, type HandTimers } from '#test/support/hand-timers.ts';
import { QUICK } from '#test/support/sink-log.ts';
import { SIGNER } from '../outbox/open-test-outbox.ts';

const START_MS = 1_795_305_600_000;

export type DeskMachine = {
  readonly folder: string;
  readonly keychain: HandKeychain;
  readonly timers: HandTimers;
  readonly now: () => number;
  /** What the program said in its log, as text. */
  readonly said: string[];
  readonly dispose: () => void;
};

export function openDeskMachine(): DeskMachine {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'daypass-desk-sinks-')));
  let nowMs = START_MS;
  return {
    folder,
    keychain: createHandKeychain(),
    timers: createHandTimers((byMs) => {
      nowMs += byMs;
    }),
    now: () => nowMs,
    said: [],
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type TestDesk = {
  readonly store: AgentStore;
  readonly outbox: Outbox;
  readonly sinks: OpenedDeskSinks;
  /** Writes so many numbered events, and waits until they have their places. */
  readonly grow: (from: number, to: number) => Promise<void>;
  /** All records of the log, newest epoch only, as they are. */
  readonly records: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
};

/** Starts the program on a machine. */
export async function startDesk(machine: DeskMachine, managed: ManagedSinksPort = NO_MANAGED_SINKS): Promise<TestDesk> {
  const { folder, keychain, timers, now, said } = machine;
  const clock = { now };
  const tell = (event: string, ...rest: readonly unknown[]): void => {
    said.push(
      [event, ...rest.map((each) => (each instanceof Error ? String(each.stack) : JSON.stringify(each)))].join(' '),
    );
  };
  const log = { info: tell, trouble: tell };
  const store = await openAgentStore(folder, () => undefined);
  const outbox = await openOutbox({ store, clock, bootId: 'boot_test', signer: SIGNER });
  const delivery = await openSinks({
    store,
    tables: DELIVERY_TABLES,
    source: outboxSource(store, outbox),
    sinks: [],
    clock,
    service: { name: 'daypass-desktop', version: '0.0.0' },
    onTrouble: (error) => tell('trouble', error),
    times: QUICK,
  });
  const sinks = await openDeskSinks({
    store,
    append: outbox.append,
    sinks: delivery,
    keychain,
    managed,
    clock,
    timers,
    log,
  });
  return {
    store,
    outbox,
    sinks,
    grow: async (from, to) => {
      for (let number = from; number < to; number += 1)
        await store.transaction(async (tx) => await outbox.append(tx, numberedOutboxEvent(number)));
      await outbox.log()?.settled();
    },
    records: async () => {
      await outbox.log()?.settled();
      return ((await outbox.log()?.records({ limit: 1000 })) ?? []).map(({ canonical }) => canonical);
    },
    close: async () => {
      await sinks.close();
      await delivery.close();
      await outbox.close();
      await store.close();
    },
  };
}

/** Everything on this machine's disk that is the program's own, as text. */
export function onDisk({ folder }: DeskMachine): string {
  return ['agent.sqlite', 'agent.sqlite-wal']
    .map((name) => {
      try {
        return readFileSync(path.join(folder, name), 'latin1');
      } catch {
        return '';
      }
    })
    .join('');
}

export const PATIENT = { timeout: 20_000, interval: 5 };

/** Waits until the card of a sink is as it should be. */
export async function cardIs(
  { sinks }: Pick<TestDesk, 'sinks'>,
  name: string,
  wanted: Partial<SinkCard> | Record<string, unknown>,
): Promise<void> {
  await expect.poll(() => sinks.cards().find((card) => card.name === name), PATIENT).toMatchObject(wanted);
}
