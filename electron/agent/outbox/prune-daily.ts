// Has the desktop's own old records pruned while the app runs, as long as whoever decides it says. When nobody can be
// asked nothing is pruned, and it is asked again.
import { type DurationMs, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import type { Timers } from '../ports.ts';
import { pruneOutbox, type PruneParts } from './prune-outbox.ts';

export type DailyPruning = PruneParts & {
  readonly timers: Timers;
  /** How long bodies are kept; null: for ever. Throws when that cannot be found out now. */
  readonly keepMs: () => Promise<DurationMs | null>;
  /** While true nothing is pruned: what is old cannot be told from a clock that jumped. */
  readonly clockIsDoubtful: () => boolean;
  readonly onTrouble: (error: unknown) => void;
};

/** Not at the very start, when there is enough to do. */
const FIRST_MS = 5 * MINUTE_MS;

/** Starts it. Gives the way to stop, which waits for what is being pruned. */
export function startPruning({
  timers,
  keepMs,
  clockIsDoubtful,
  onTrouble,
  ...parts
}: DailyPruning): () => Promise<void> {
  let stopped = false;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();

  const run = async (): Promise<void> => {
    try {
      if (!clockIsDoubtful()) await pruneOutbox(parts, await keepMs());
    } catch (error) {
      onTrouble(error);
    }
    arm(HOUR_MS);
  };
  function arm(waitMs: DurationMs): void {
    if (stopped) return;
    cancel = timers.after(waitMs, () => void (running = run()));
  }
  arm(FIRST_MS);
  return async () => {
    stopped = true;
    cancel();
    await running;
  };
}
