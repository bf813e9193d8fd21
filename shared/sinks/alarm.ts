// Pauses that somebody may cut short, and that closing ends at once.
import type { DurationMs } from '../domain/time.ts';

export type Alarm = {
  /** Ends the pause that runs, or the next one at once. */
  readonly ring: () => void;
  /** Until the next ring, or so long; null: only a ring ends it. Gives whether it rang. */
  readonly wait: (pauseMs: DurationMs | null) => Promise<boolean>;
};

/** Waits no longer once `closing` is aborted. */
export function createAlarm(closing: AbortSignal): Alarm {
  let rang = false;
  let wakeUp: () => void = () => undefined;
  const ring = (): void => {
    rang = true;
    wakeUp();
  };
  closing.addEventListener('abort', ring, { once: true });
  return {
    ring,
    async wait(pauseMs) {
      if (!rang && !closing.aborted) {
        await new Promise<void>((resolve) => {
          const timer = pauseMs === null ? null : setTimeout(resolve, pauseMs);
          wakeUp = () => {
            if (timer !== null) clearTimeout(timer);
            resolve();
          };
        });
      }
      const ended = rang;
      rang = false;
      return ended;
    },
  };
}
