// The pauses of a sequencer, and what cuts each of them short.

export type Alarm = {
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

export function createAlarm(): Alarm {
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
