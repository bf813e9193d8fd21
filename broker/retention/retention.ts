// Runs retention by itself, as the configuration says: words first, then the bodies of records, of the ledger and of
// desktops. Without a word about it, or by a clock that the ledger does not bear out, everything is kept. What fails is
// told and tried again.
import type { Config } from '#shared/contracts/config.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { hasLivedThrough } from './lived-through.ts';
import { previewPruning, type PrunePreview, waitsFor } from './preview.ts';
import { pruneDesktops } from './prune-desktops.ts';
import { pruneLedger, type DeliveredBelow } from './prune-records.ts';
import { pruneWords, type PruneDeps } from './prune-words.ts';

export type Retention = {
  /** Prunes what is due now, after what is being pruned. Gives how much. */
  readonly runDue: () => Promise<PrunedNow>;
  /** What that would prune, and what holds keep of it. */
  readonly preview: () => Promise<PrunePreview>;
  /** Why nothing at all is pruned now. */
  readonly waits: () => Promise<PrunePreview['waits']>;
  readonly close: () => Promise<void>;
};

/** `words`: of so many requests, and keys of words. */
export type PrunedNow = { readonly words: number; readonly records: number; readonly desktopRecords: number };

type Options = PruneDeps & {
  readonly retention: Config['retention'];
  readonly deliveredBelow: DeliveredBelow;
  readonly onTrouble: (error: unknown) => void;
};

const EVERY_MS = HOUR_MS;

export function createRetention(options: Options): Retention {
  const { retention, clock, onTrouble } = options;
  let last: Promise<unknown> = Promise.resolve();
  const run = async (): Promise<PrunedNow> => {
    const nowMs = clock.now();
    const pruned = { words: 0, records: 0, desktopRecords: 0 };
    if (!(await hasLivedThrough(options.store.read, nowMs))) return pruned;
    if (retention.words !== undefined) pruned.words = await pruneWords(options, nowMs - retention.words);
    if (retention.records === undefined) return pruned;
    pruned.records = await pruneLedger(options, nowMs - retention.records, options.deliveredBelow);
    pruned.desktopRecords = await pruneDesktops(options, nowMs - retention.records);
    return pruned;
  };
  // One at a time, whatever became of the one before.
  const runDue = async (): Promise<PrunedNow> => {
    const mine = last.then(run, run);
    last = mine;
    return await mine;
  };
  const timer = setInterval(() => {
    runDue().catch(onTrouble);
  }, EVERY_MS);
  timer.unref();
  return {
    runDue,
    preview: async () => await previewPruning(options),
    waits: async () => await waitsFor(options),
    close: async () => {
      clearInterval(timer);
      await last.catch(() => undefined);
    },
  };
}
