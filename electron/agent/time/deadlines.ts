// What happens at a point of trusted time. A timer here is only a help: it is short, so that sleep, a changed clock and
// a lost timer are noticed, and each look asks the clock. No deadline: no timer.
import { SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';

/** Sleep and clock changes that nobody told us of are noticed within this time; also far from the 2^31 ms trap. */
const TICK_MS: DurationMs = 15 * SECOND_MS;

export type Deadlines = {
  /** Replaces an earlier deadline of the same name. What is due already runs in the next turn of the event loop. */
  readonly set: (name: string, atMs: EpochMs, run: () => void) => void;
  readonly clear: (name: string) => void;
  /** Looks at the clock now: runs all that is due, in order of time, and arms anew. After resume and clock changes. */
  readonly recheck: () => void;
  readonly count: () => number;
  /** Forgets everything. */
  readonly close: () => void;
};

export type DeadlinesOptions = {
  readonly now: () => EpochMs;
  readonly timers: Timers;
  /** Told at each look, before anything runs: a place to compare the clocks. */
  readonly onTick?: () => void;
};

type Deadline = { readonly name: string; readonly atMs: EpochMs; readonly order: number; readonly run: () => void };

export function createDeadlines({ now, timers, onTick = () => undefined }: DeadlinesOptions): Deadlines {
  const deadlines = new Map<string, Deadline>();
  let armed: { readonly forMs: EpochMs; readonly cancel: () => void } | null = null;
  let order = 0;

  const disarm = (): void => {
    armed?.cancel();
    armed = null;
  };
  const armFor = (atMs: EpochMs): void => {
    disarm();
    armed = { forMs: atMs, cancel: timers.after(Math.min(TICK_MS, Math.max(0, atMs - now())), look) };
  };
  const arm = (): void => {
    disarm();
    let soonestMs = Infinity;
    for (const { atMs } of deadlines.values()) soonestMs = Math.min(soonestMs, atMs);
    if (deadlines.size > 0) armFor(soonestMs);
  };
  const look = (): void => {
    disarm();
    onTick();
    const nowMs = now();
    const due = [...deadlines.values()].filter(({ atMs }) => atMs <= nowMs);
    due.sort((one, other) => one.atMs - other.atMs || one.order - other.order);
    try {
      for (const deadline of due) {
        // One that ran before may have cleared or moved this one.
        if (deadlines.get(deadline.name) !== deadline) continue;
        deadlines.delete(deadline.name);
        deadline.run();
      }
    } finally {
      arm();
    }
  };
  return {
    set: (name, atMs, run) => {
      deadlines.set(name, { name, atMs, order: (order += 1), run });
      if (armed === null || atMs < armed.forMs) armFor(atMs);
    },
    clear: (name) => {
      if (deadlines.delete(name) && deadlines.size === 0) disarm();
    },
    recheck: look,
    count: () => deadlines.size,
    close: () => {
      deadlines.clear();
      disarm();
    },
  };
}
