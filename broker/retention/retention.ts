// Runs retention by itself, as the configuration says: words first, then the bodies of records, of the ledger and of
// desktops. Without a word about it everything is kept. What fails is told and tried again.
import type { Config } from '#shared/contracts/config.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { pruneDesktops } from './prune-desktops.ts';
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
    if (retention.words !== undefined) await pruneWords(options, nowMs - retention.words);
    if (retention.records === undefined) return;
    await pruneLedger(options, nowMs - retention.records, options.deliveredBelow);
    await pruneDesktops(options, nowMs - retention.records);
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
