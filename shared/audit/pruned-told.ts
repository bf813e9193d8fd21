// What a ledger says itself of the bodies that were pruned: anybody could put a leaf hash in the place of a record, and
// the tree would hold. A desktop's log is pruned in two places, and only one of them writes that into it.
const LEDGER = 'daypass.ledger/';

/** Told by the records of one log so far: how many bodies went, and up to which record. */
export type PrunedTold = { readonly records: number; readonly lastSequence: number };

export const NOTHING_TOLD: PrunedTold = { records: 0, lastSequence: -1 };

/** What a record's data adds, where it is one of `records.pruned`; null: it is another one. */
export function readPrunedTold(eventCode: unknown, data: Readonly<Record<string, unknown>> | null): PrunedTold | null {
  if (eventCode !== 'records.pruned' || data === null) return null;
  const { records, lastSequence } = data;
  return typeof records === 'number' && typeof lastSequence === 'number' ? { records, lastSequence } : null;
}

export function addTold(told: PrunedTold, more: PrunedTold | null): PrunedTold {
  if (more === null) return told;
  const { records, lastSequence } = more;
  return { records: told.records + records, lastSequence: Math.max(told.lastSequence, lastSequence) };
}

/** `pruned`: how many of the whole log's records are without their bodies, and the last of them (-1: none). */
export type PrunedSeen = { readonly origin: string; readonly pruned: number; readonly last: number };

export type BodiesMissing = {
  readonly pruned: number;
  readonly told: number;
  /** One of them, where it is known which. */
  readonly record: number | null;
};

/** What is missing of a whole ledger in which more bodies are gone than it says; null: nothing. */
export function bodiesMissing({ origin, pruned, last }: PrunedSeen, told: PrunedTold): BodiesMissing | null {
  if (!origin.startsWith(LEDGER) || (pruned <= told.records && last <= told.lastSequence)) return null;
  return { pruned, told: told.records, record: last > told.lastSequence ? last : null };
}
