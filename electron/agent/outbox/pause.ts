// Waiting that can be cut short: by a ring (there is something to do), a hurry (somebody asks), or the end.
import type { DurationMs } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';

export type Pause = {
  /** Until the next ring, or at once if it rang since the last time; at most so long, where that is given. */
  readonly untilRung: (limitMs?: DurationMs) => Promise<void>;
  /** So long, or until somebody hurries. Rings do not shorten it. */
  readonly atMost: (delayMs: DurationMs) => Promise<void>;
  readonly ring: () => void;
  readonly hurry: () => void;
  /** Ends this pause and all later ones. */
  readonly stop: () => void;
};

export function createPause(timers: Timers): Pause {
  let rang = false;
  let stopped = false;
  let endWait: () => void = () => {};
  let endDelay: () => void = () => {};
  const ring = (): void => {
    rang = true;
    endWait();
  };
  return {
    async untilRung(limitMs) {
      if (!rang && !stopped)
        await new Promise<void>((resolve) => {
          const cancel = limitMs === undefined ? () => {} : timers.after(limitMs, resolve);
          endWait = () => {
            cancel();
            resolve();
          };
        });
      endWait = () => {};
      rang = false;
    },
    async atMost(delayMs) {
      if (stopped) return;
      await new Promise<void>((resolve) => {
        const cancel = timers.after(delayMs, resolve);
        endDelay = () => {
          cancel();
          resolve();
        };
      });
      endDelay = () => {};
    },
    ring,
    hurry() {
      ring();
      endDelay();
    },
    stop() {
      stopped = true;
      ring();
      endDelay();
    },
  };
}
