// Whether a ledger under another name is the one that was kept, put back and said so: a decision on plain values. Only a
// chain of announcements from a name that is known to the one that is seen will do, and never back to an earlier one.
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { EpochOpening } from './epoch-opening.ts';

/** A checkpoint of the ledger that was kept, and the key that signed it (PEM). */
export type KeptHead = {
  readonly origin: string;
  readonly size: number;
  readonly note: string;
  readonly key: string;
};

export type LedgerHistory = {
  /** Checkpoints that were checked when they came, each continuing the one before, or announced to. */
  readonly heads: readonly KeptHead[];
  /** Announcements that were checked. */
  readonly openings: readonly Pick<EpochOpening, 'origin' | 'previousOrigin' | 'openedAtMs'>[];
};

export type Judged = {
  /** Restores that were not known of, the oldest first; at least one. */
  readonly fresh: readonly [EpochOpening, ...EpochOpening[]];
  /** The highest kept checkpoint that the ledger still has to continue; null: none is from before the backup. */
  readonly survivor: KeptHead | null;
};

/** `chain`: every announcement of the ledger that is seen, proven to be in it, the oldest first. */
export function judgeEpochs(
  history: LedgerHistory,
  keptOrigin: string,
  seenOrigin: string,
  chain: readonly EpochOpening[],
): Result<Judged, 'another_ledger'> {
  const unknown = err('another_ledger' as const);
  if (!isChain(chain) || chain.at(-1)?.origin !== seenOrigin) return unknown;
  const known = namesIn(history, keptOrigin);
  // What was gone on from is announced too, and stepping back to it is not.
  const firstFresh = chain.findLastIndex(({ origin }) => known.has(origin)) + 1;
  const [oldest, ...later] = chain.slice(firstFresh);
  if (oldest === undefined || !known.has(oldest.previousOrigin)) return unknown;
  const openedAtMs = history.openings.find(({ origin }) => origin === keptOrigin)?.openedAtMs ?? null;
  const isFirstName = !LATER_NAME.test(keptOrigin);
  if (openedAtMs === null ? !isFirstName : oldest.openedAtMs <= openedAtMs) return unknown;
  return ok({ fresh: [oldest, ...later], survivor: survivorOf(history, seenOrigin, chain) });
}

const LATER_NAME = /\/[1-9]\d*\.[A-Za-z0-9_-]{8}$/;

function isChain(chain: readonly EpochOpening[]): boolean {
  return chain.every((opening, index) => {
    const before = chain[index - 1];
    if (before === undefined) return true;
    return (
      opening.previousOrigin === before.origin &&
      opening.sequence > before.sequence &&
      opening.openedAtMs >= before.openedAtMs
    );
  });
}

function namesIn({ heads, openings }: LedgerHistory, keptOrigin: string): ReadonlySet<string> {
  const names = openings.flatMap(({ origin, previousOrigin }) => [origin, previousOrigin]);
  return new Set([keptOrigin, ...names, ...heads.map(({ origin }) => origin)]);
}

function survivorOf({ heads }: LedgerHistory, seenOrigin: string, chain: readonly EpochOpening[]): KeptHead | null {
  const sizes = new Map(chain.map(({ previousOrigin, kept }) => [previousOrigin, kept.size]));
  sizes.set(seenOrigin, Number.MAX_SAFE_INTEGER);
  const surviving = heads.filter(({ origin, size }) => size > 0 && size <= (sizes.get(origin) ?? -1));
  return surviving.reduce<KeptHead | null>(
    (best, head) => (best === null || head.size > best.size ? head : best),
    null,
  );
}
