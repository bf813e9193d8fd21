// A part of a log that an export is about: `range.json`, which nobody signs. What it claims is believed only as far as the
// signed root and the records' own times bear it out.
import { z } from 'zod';
import { err, ok, type Result } from '../domain/result.ts';
import { strictBase64 } from './checkpoint.ts';
import { appendSubtree, type Frontier, HASH_BYTES } from './merkle.ts';
import { coverOf, type Subtree } from './subtree.ts';

/** Epoch ms: from the first up to, not including, the second; null: since the log began, until its last record. */
export type TimeRange = { readonly fromMs: number | null; readonly untilMs: number | null };

/** Records `first` up to, not including, `first + count`: those of the time range, and the one on either side of it. */
export type Slice = { readonly first: number; readonly count: number };

export type ExportRange = TimeRange &
  Slice & {
    /** Sizes of earlier trees that can be recomputed, so that an earlier checkpoint can be compared. */
    readonly splits: readonly number[];
    /** What stands for the records before and after the slice. */
    readonly before: readonly CoveredSubtree[];
    readonly after: readonly CoveredSubtree[];
  };

export type CoveredSubtree = Subtree & { readonly hash: Buffer };

const MOST_SPLITS = 1024;
const whole = z.int().nonnegative();
const hashes = z.array(z.string()).max(4096);
/** What a date can say. */
const moment = z.int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000).nullable();
const documentSchema = z.strictObject({
  from: moment,
  until: moment,
  first: whole,
  count: whole.min(1),
  splits: z.array(whole).max(MOST_SPLITS),
  before: hashes,
  after: hashes,
});

/** Which subtrees stand for the rest of a tree of `size` records. */
export function coverAround(
  { first, count }: Slice,
  size: number,
  splits: readonly number[],
): { readonly before: readonly Subtree[]; readonly after: readonly Subtree[] } {
  return {
    before: coverOf({ start: 0, end: first }, splits),
    after: coverOf({ start: first + count, end: size }, splits),
  };
}

export function writeRange({ fromMs, untilMs, first, count, splits, before, after }: ExportRange): string {
  const encoded = (subtrees: readonly CoveredSubtree[]): readonly string[] =>
    subtrees.map(({ hash }) => hash.toString('base64'));
  const document = {
    from: fromMs,
    until: untilMs,
    first,
    count,
    splits,
    before: encoded(before),
    after: encoded(after),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Reads it for a log of `size` records. Refuses what does not fit such a log. */
export function readRange(text: string, size: number): Result<ExportRange, 'bad_range'> {
  const parsed = documentSchema.safeParse(parseJson(text));
  if (!parsed.success) return err('bad_range');
  const { from: fromMs, until: untilMs, first, count, splits, before, after } = parsed.data;
  if (first + count > size || (fromMs !== null && untilMs !== null && fromMs >= untilMs)) return err('bad_range');
  if (splits.some((split) => split > size)) return err('bad_range');
  const cover = coverAround({ first, count }, size, splits);
  const [head, tail] = [withHashes(cover.before, before), withHashes(cover.after, after)];
  if (head === null || tail === null) return err('bad_range');
  return ok({ fromMs, untilMs, first, count, splits, before: head, after: tail });
}

function withHashes(subtrees: readonly Subtree[], encoded: readonly string[]): readonly CoveredSubtree[] | null {
  if (subtrees.length !== encoded.length) return null;
  const covered = subtrees.flatMap((subtree, index) => {
    const hash = strictBase64(encoded[index] ?? '');
    return hash?.length === HASH_BYTES ? [{ ...subtree, hash }] : [];
  });
  return covered.length === subtrees.length ? covered : null;
}

/** Every tree on the way from `frontier` over the covered subtrees. */
export function* growOver(frontier: Frontier, covered: readonly CoveredSubtree[]): Generator<Frontier> {
  let grown = frontier;
  for (const { level, hash } of covered) {
    grown = appendSubtree(grown, level, hash);
    yield grown;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
