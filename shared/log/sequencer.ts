// Keeps sequencing for as long as a log is open: soon after a commit, again and again after an error.
// It must never skip, double or reorder an event; a step that failed is repeated from what the database holds.
import type { Head } from './head.ts';
import { LogError } from './log-error.ts';
import type { Db, LogStore } from './log-store.ts';
import { MAX_RECORDS_A_STEP, type Step } from './sequence-intake.ts';

export type SequencerParts<Tx extends Db> = {
  readonly store: LogStore<Tx>;
  readonly head: Head;
  readonly step: (tx: Tx, head: Head) => Promise<Step>;
  /** Reads the head again: after an error nobody knows whether the commit happened. */
  readonly reload: () => Promise<Head>;
  /** Told of each failed attempt and of listeners that throw; the sequencer goes on by itself. */
  readonly onTrouble: (error: unknown) => void;
};

export type Sequencer = {
  readonly head: () => Head;
  /** Call within the transaction of an event, before it is written. */
  readonly wake: () => void;
  readonly settled: () => Promise<number>;
  /** As `settled`, but gives up after one attempt that failed: readers get what there is. */
  readonly caughtUp: () => Promise<void>;
  readonly subscribe: (listener: (lastSequence: number) => void) => () => void;
  readonly close: () => Promise<void>;
};

type Waiter = {
  readonly ticket: number;
  readonly patient: boolean;
  readonly resolve: (size: number) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * A step costs a signature and several writes however few records it takes, so steps keep this distance while nobody
 * waits for them. The records themselves are durable already.
 */
const PACE_MS = 10;
const FIRST_RETRY_MS = 10;
const LAST_RETRY_MS = 2000;

export function startSequencer<Tx extends Db>(parts: SequencerParts<Tx>): Sequencer {
  const { store, head: first, step, reload, onTrouble } = parts;
  let head = first;
  let stale = false;
  let closing = false;
  // Every event has a ticket. A step covers all tickets that were given before its transaction began, because
  // transactions run one after another: those events are committed with it or before it, or rolled back.
  // What an earlier run left in the intake counts as ticket 1.
  let given = 1;
  let covered = 0;
  let waiters: Waiter[] = [];
  const listeners = new Set<(lastSequence: number) => void>();
  const alarm = createAlarm();

  /** Gives how many records it took. */
  async function runStep(): Promise<number> {
    if (stale) head = await reload();
    stale = false;
    let ticket = covered;
    const done = await store.transaction((tx) => {
      ticket = given;
      return step(tx, head);
    });
    head = done.head;
    if (done.sequenced < MAX_RECORDS_A_STEP) covered = ticket;
    if (done.sequenced > 0) tellAll(listeners, head.frontier.size - 1, onTrouble);
    return done.sequenced;
  }

  /** Gives how many there were. */
  function answer(isReady: (waiter: Waiter) => boolean): number {
    const ready = waiters.filter(isReady);
    waiters = waiters.filter((waiter) => !isReady(waiter));
    for (const { resolve } of ready) resolve(head.frontier.size);
    return ready.length;
  }

  function waitFor(patient: boolean): Promise<number> {
    if (covered >= given || (closing && !patient)) return Promise.resolve(head.frontier.size);
    if (closing) return Promise.reject(new LogError('closed', 'it is closed'));
    alarm.hurry();
    return new Promise((resolve, reject) => waiters.push({ ticket: given, patient, resolve, reject }));
  }

  /** After the pause the next event's own transaction takes the step along: one commit for both. */
  async function keepDistance(): Promise<void> {
    if (waiters.length === 0) await alarm.pace(PACE_MS);
    if (waiters.length === 0 && covered < given) await alarm.paceOrRing(PACE_MS);
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    for (;;) {
      if (covered >= given) {
        if (closing) return;
        await alarm.wait();
        continue;
      }
      try {
        const sequenced = await runStep();
        retryMs = FIRST_RETRY_MS;
        const answered = answer(({ ticket }) => ticket <= covered);
        // Who waited for this step may wait for the next one too: it then shares the commit of its event.
        if (answered === 0 && sequenced > 0 && sequenced < MAX_RECORDS_A_STEP) await keepDistance();
      } catch (error) {
        stale = true;
        onTrouble(error);
        answer(({ patient }) => !patient);
        // What is in the intake is durable: the next start goes on from there.
        if (closing) return;
        await alarm.waitAtMost(retryMs);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  const running = run();
  return {
    head: () => head,
    wake() {
      given += 1;
      alarm.ring();
    },
    settled: () => waitFor(true),
    caughtUp: async () => void (await waitFor(false)),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closing = true;
      alarm.stop();
      await running;
      answer(({ patient }) => !patient);
      for (const { reject } of waiters.splice(0))
        reject(new LogError('closed', 'it was closed before this was in the log'));
    },
  };
}

function tellAll(
  listeners: ReadonlySet<(lastSequence: number) => void>,
  lastSequence: number,
  onTrouble: (error: unknown) => void,
): void {
  for (const listener of listeners) {
    try {
      listener(lastSequence);
    } catch (error) {
      onTrouble(error);
    }
  }
}

type Alarm = {
  readonly ring: () => void;
  /** Until the next ring, or at once if it rang since. */
  readonly wait: () => Promise<void>;
  /** A pause that only `stop` shortens: retries must not follow the rate of new events. */
  readonly waitAtMost: (pauseMs: number) => Promise<void>;
  /** A pause that `hurry` and `stop` shorten. */
  readonly pace: (pauseMs: number) => Promise<void>;
  /** As `pace`, but a ring shortens it too. */
  readonly paceOrRing: (pauseMs: number) => Promise<void>;
  readonly hurry: () => void;
  readonly stop: () => void;
};

function createAlarm(): Alarm {
  let rang = false;
  let wakeUp: () => void = () => {};
  let endPause: () => void = () => {};
  let endPace: () => void = () => {};
  let stopped = false;
  const ring = (): void => {
    rang = true;
    wakeUp();
  };
  return {
    ring,
    async wait() {
      if (!rang && !stopped) await new Promise<void>((resolve) => (wakeUp = resolve));
      rang = false;
    },
    async waitAtMost(pauseMs) {
      if (!stopped) await pause(pauseMs, (end) => (endPause = end));
    },
    async pace(pauseMs) {
      if (!stopped) await pause(pauseMs, (end) => (endPace = end));
    },
    async paceOrRing(pauseMs) {
      if (!stopped) await pause(pauseMs, (end) => (wakeUp = endPace = end));
    },
    hurry: () => endPace(),
    stop() {
      stopped = true;
      ring();
      endPause();
      endPace();
    },
  };
}

function pause(pauseMs: number, shortenedBy: (end: () => void) => void): Promise<void> {
  return new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pauseMs);
    shortenedBy(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
