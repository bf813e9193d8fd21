// Which subtrees a hash is made of. Pure arithmetic over tree positions; where hashes are kept is the caller's matter.
import { foldPeaks, nodeHash } from './merkle.ts';

/** Leaves from `start` up to, not including, `end`. */
export type LeafRange = { readonly start: number; readonly end: number };

/** A complete subtree: `2^level` leaves, the `position`-th of that height. */
export type Subtree = { readonly level: number; readonly position: number };

export type SubtreeHash = (subtree: Subtree) => Promise<Buffer>;

/** The largest power of two smaller than `size` (RFC 6962's k). */
export function splitPoint(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** The complete subtrees, largest first, of a range whose start is a multiple of the largest one's size. */
export function subtreesOf({ start, end }: LeafRange): readonly Subtree[] {
  const parts: Subtree[] = [];
  let at = start;
  for (let level = 52; level >= 0; level -= 1) {
    const width = 2 ** level;
    if (end - at < width) continue;
    if (at % width !== 0) throw new RangeError(`leaf ${at} does not begin a subtree of ${width}`);
    parts.push({ level, position: at / width });
    at += width;
  }
  return parts;
}

/** The fewest complete subtrees, in order, that cover a range wherever it begins; none reaches over one of `splits`. */
export function coverOf({ start, end }: LeafRange, splits: readonly number[] = []): readonly Subtree[] {
  const parts: Subtree[] = [];
  for (let at = start; at < end;) {
    const stop = Math.min(end, ...splits.filter((split) => split > at));
    let level = 0;
    while (at % 2 ** (level + 1) === 0 && at + 2 ** (level + 1) <= stop) level += 1;
    parts.push({ level, position: at / 2 ** level });
    at += 2 ** level;
  }
  return parts;
}

/** The hash of a range of leaves, out of its complete subtrees. */
export async function rangeHash(range: LeafRange, hashOf: SubtreeHash): Promise<Buffer> {
  const peaks: Buffer[] = [];
  for (const subtree of subtreesOf(range)) peaks.push(await hashOf(subtree));
  return foldPeaks(peaks);
}

/** Joins a power of two of sibling hashes into the root above them. */
export function joinSiblings(hashes: readonly Buffer[]): Buffer {
  let row = hashes;
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let index = 0; index < row.length; index += 2) {
      const [left, right] = [row[index], row[index + 1]];
      if (left === undefined || right === undefined) throw new RangeError('not a power of two of hashes');
      above.push(nodeHash(left, right));
    }
    row = above;
  }
  const [root] = row;
  if (root === undefined) throw new RangeError('no hashes to join');
  return root;
}
