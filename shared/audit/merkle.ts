// The Merkle tree of RFC 6962 section 2.1, grown at its right edge. Keeps only the peaks: log2(n) hashes.
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

/** The complete subtrees, largest first, that make up a tree of `size` leaves. */
export type Frontier = { readonly size: number; readonly peaks: readonly Buffer[] };

/** Told of each subtree that becomes complete: its height, its place among those of this height, its hash. */
export type OnSubtree = (level: number, position: number, hash: Buffer) => void;

export const EMPTY_FRONTIER: Frontier = { size: 0, peaks: [] };

const LEAF_PREFIX = Buffer.of(0);

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

/** SHA-256 of 0x00 and the record's bytes. */
export function leafHash(record: Uint8Array): Buffer {
  return sha256(Buffer.concat([LEAF_PREFIX, record]));
}

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** SHA-256 of 0x01 and both child hashes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  // One buffer for all calls: nothing awaits between filling and hashing it.
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** Adds leaf hashes at the end. Gives the new frontier; the old one stays as it is. */
export function appendLeaves(frontier: Frontier, leaves: readonly Buffer[], onSubtree?: OnSubtree): Frontier {
  const peaks = [...frontier.peaks];
  let size = frontier.size;
  for (const leaf of leaves) {
    pushPeak(peaks, { level: 0, position: size }, leaf, onSubtree);
    size += 1;
  }
  return { size, peaks };
}

/** `position`: of the new subtree among those of its height, `level`. */
function pushPeak(
  peaks: Buffer[],
  { level: first, position: at }: Place,
  subtree: Buffer,
  onSubtree?: OnSubtree,
): void {
  let node = subtree;
  let level = first;
  // Each one bit at the end of the position is a peak of that height, waiting for its right sibling.
  for (let position = at; position % 2 === 1; position = Math.floor(position / 2)) {
    const left = peaks.pop();
    if (left === undefined) throw new Error('a frontier with fewer peaks than its size needs');
    node = nodeHash(left, node);
    level += 1;
    onSubtree?.(level, Math.floor(position / 2), node);
  }
  peaks.push(node);
}

type Place = { readonly level: number; readonly position: number };

/** Adds a complete subtree of `2^level` leaves by its hash. Throws where none of this size can stand. */
export function appendSubtree(frontier: Frontier, level: number, subtree: Buffer): Frontier {
  const width = 2 ** level;
  if (frontier.size % width !== 0) throw new RangeError(`leaf ${frontier.size} does not begin a subtree of ${width}`);
  const peaks = [...frontier.peaks];
  pushPeak(peaks, { level, position: frontier.size / width }, subtree);
  return { size: frontier.size + width, peaks };
}

/** The Merkle tree hash; of no leaves it is SHA-256 of nothing. */
export function rootOf(frontier: Frontier): Buffer {
  return frontier.size === 0 ? sha256(new Uint8Array()) : foldPeaks(frontier.peaks);
}

/** Joins complete subtrees, largest first, into the hash of the incomplete tree that they make up. */
export function foldPeaks(peaks: readonly Buffer[]): Buffer {
  const smallest = peaks.at(-1);
  if (smallest === undefined) throw new Error('no subtree to fold');
  return peaks.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), smallest);
}
