// Timers that fire when a test moves the time: never by themselves.
import type { Timers } from '#electron/agent/ports.ts';

export type HandTimers = Timers & {
  readonly pending: () => number;
  /** Passes time: what falls due meanwhile fires in order, also what was armed by one that fired. */
  readonly pass: (byMs: number) => void;
  readonly longestDelayMs: () => number;
};

type Armed = { readonly atMs: number; readonly run: () => void };

/** `onStep` moves the clocks that belong to these timers. */
export function createHandTimers(onStep: (byMs: number) => void = () => undefined): HandTimers {
  const armed = new Set<Armed>();
  let nowMs = 0;
  let longestDelayMs = 0;
  const step = (toMs: number): void => {
    onStep(toMs - nowMs);
    nowMs = toMs;
  };
  return {
    after: (delayMs, run) => {
      longestDelayMs = Math.max(longestDelayMs, delayMs);
      const one = { atMs: nowMs + Math.max(0, delayMs), run };
      armed.add(one);
      return () => void armed.delete(one);
    },
    pending: () => armed.size,
    longestDelayMs: () => longestDelayMs,
    pass: (byMs) => {
      const untilMs = nowMs + byMs;
      for (;;) {
        const next = [...armed].sort((one, other) => one.atMs - other.atMs)[0];
        if (next === undefined || next.atMs > untilMs) break;
        armed.delete(next);
        step(Math.max(nowMs, next.atMs));
        next.run();
      }
      step(untilMs);
    },
  };
}
