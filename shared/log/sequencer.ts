// Keeps sequencing for as long as a log is open: soon after a commit, again and again after an error.
// It must never skip, double or reorder an event; a step that failed is repeated from what the database holds.
import { createAlarm } from './alarm.ts';
import type { Head } from './head.ts';
import { LogError } from './log-error.ts';
import type { Db } from './log-store.ts';
import type { Others } from './others.ts';
import { MAX_RECORDS_A_STEP } from './sequence-intake.ts';
import { createSteps, type SequencerParts } from './steps.ts';

export type Sequencer = {
  readonly head: () => Head;
  /** Call within the transaction of an event, before it is written; where others write too, once it is committed. */
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
/** How often the database is asked, by itself, what others did: their word for it may get lost. */
const LOOK_EVERY_MS = 200;

export function startSequencer<Tx extends Db>(parts: SequencerParts<Tx>): Sequencer {
  const { others, onTrouble } = parts;
  const listeners = new Set<(lastSequence: number) => void>();
  const steps = createSteps(parts, (lastSequence) => tellAll(listeners, lastSequence, onTrouble));
  const alarm = createAlarm();
  let closing = false;
  let waiters: Waiter[] = [];
  const size = (): number => steps.head().frontier.size;

  /** Gives how many there were. */
  function answer(isReady: (waiter: Waiter) => boolean): number {
    const ready = waiters.filter(isReady);
    waiters = waiters.filter((waiter) => !isReady(waiter));
    for (const { resolve } of ready) resolve(size());
    return ready.length;
  }

  function waitFor(patient: boolean): Promise<number> {
    // Where others write too, their events have no tickets here: whoever waits for them takes one.
    if (others !== null && !closing) lookAgain();
    if (steps.allCovered() || (closing && !patient)) return Promise.resolve(size());
    if (closing) return Promise.reject(new LogError('closed', 'it is closed'));
    alarm.hurry();
    return new Promise((resolve, reject) => waiters.push({ ticket: steps.newest(), patient, resolve, reject }));
  }

  function lookAgain(): void {
    steps.give();
    alarm.ring();
  }

  /** After the pause the next event's own transaction takes the step along: one commit for both. */
  async function keepDistance(): Promise<void> {
    if (waiters.length === 0) await alarm.pace(PACE_MS);
    if (waiters.length === 0 && !steps.allCovered()) await alarm.paceOrRing(PACE_MS);
  }

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    for (;;) {
      if (steps.allCovered()) {
        if (closing) return;
        await alarm.wait();
        continue;
      }
      try {
        const sequenced = await steps.take(() => waiters.length > 0);
        retryMs = FIRST_RETRY_MS;
        if (sequenced === null) {
          // Who has the log in hand, or comes next, takes these events too.
          if (closing) return;
          await alarm.pace(PACE_MS);
          continue;
        }
        const answered = answer(({ ticket }) => steps.covers(ticket));
        // Who waited for this step may wait for the next one too: it then shares the commit of its event.
        if (answered === 0 && sequenced > 0 && sequenced < MAX_RECORDS_A_STEP) await keepDistance();
      } catch (error) {
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
  const stopLooking = others === null ? () => undefined : lookOften(others, lookAgain);
  return {
    head: steps.head,
    wake() {
      steps.giveEvent();
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
      stopLooking();
      alarm.stop();
      await running;
      answer(({ patient }) => !patient);
      for (const { reject } of waiters.splice(0))
        reject(new LogError('closed', 'it was closed before this was in the log'));
    },
  };
}

function lookOften(others: Others, look: () => void): () => void {
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();
  const stopListening = others.listen(look);
  return () => {
    clearInterval(timer);
    stopListening();
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
