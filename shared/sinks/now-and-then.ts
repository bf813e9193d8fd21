// Work that is asked for often and done now and then: at once when it was not done for a while, else when that is over.
import type { DurationMs } from '../domain/time.ts';

export type NowAndThen = {
  readonly ask: () => void;
  /** Nothing runs and nothing starts after it. */
  readonly stop: () => Promise<void>;
};

/** `work` never rejects. */
export function nowAndThen(work: () => Promise<void>, everyMs: DurationMs): NowAndThen {
  let running: Promise<void> = Promise.resolve();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asked = false;
  let stopped = false;
  const start = (): void => {
    asked = false;
    running = work();
    timer = setTimeout(() => {
      timer = null;
      if (asked && !stopped) start();
    }, everyMs);
    timer.unref();
  };
  return {
    ask() {
      asked = true;
      if (timer === null && !stopped) start();
    },
    async stop() {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
