// Runs retention by itself, as the configuration says: words first, then the bodies of records. Without a word about it,
// or by a clock that the ledger does not bear out, everything is kept. What fails is told and tried again.
import type { Config } from '#shared/contracts/config.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { hasLivedThrough } from './lived-through.ts';
import { pruneLedger, type DeliveredBelow } from './prune-records.ts';
import { pruneWords, type PruneDeps } from './prune-words.ts';

export type Retention = { readonly runDue: () => Promise<void>; readonly close: () => Promise<void> };

type Options = PruneDeps & {
  readonly retention: Config['retention'];
  readonly deliveredBelow: DeliveredBelow;
  readonly onTrouble: (error: unknown) => void;
};

const EVERY_MS = HOUR_MS;

export function createRetention(options: Options): Retention {
  const { retention, clock, onTrouble } = options;
  let last: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    const nowMs = clock.now();
    if (!(await hasLivedThrough(options.store.read, nowMs))) return;
    if (retention.words !== undefined) await pruneWords(options, nowMs - retention.words);
    if (retention.records !== undefined) await pruneLedger(options, nowMs - retention.records, options.deliveredBelow);
  };
  // One at a time, whatever became of the one before.
  const runDue = async (): Promise<void> => await (last = last.then(run, run));
  const timer = setInterval(() => {
    runDue().catch(onTrouble);
  }, EVERY_MS);
  timer.unref();
  return {
    runDue,
    close: async () => {
      clearInterval(timer);
      await last.catch(() => undefined);
    },
  };
}
