// Inclusion and consistency proofs: RFC 6962 sections 2.1.1 and 2.1.2; verified as in RFC 9162 sections 2.1.3.2, 2.1.4.2.
import { HASH_BYTES, nodeHash } from './merkle.ts';
import { type LeafRange, rangeHash, splitPoint, type SubtreeHash } from './subtree.ts';

/** The audit path of leaf `index` in the tree of the first `size` leaves. Null when there is no such leaf. */
export async function inclusionProof(index: number, size: number, hashOf: SubtreeHash): Promise<Buffer[] | null> {
  if (!isTreeSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return null;
  return hashesOf(inclusionRanges(index, { start: 0, end: size }), hashOf);
}

/** The proof that the tree of `toSize` leaves begins with that of `fromSize` (at least 1). Null when out of range. */
export async function consistencyProof(from: number, to: number, hashOf: SubtreeHash): Promise<Buffer[] | null> {
  if (!isTreeSize(from) || !isTreeSize(to) || from < 1 || from > to) return null;
  return hashesOf(consistencyRanges(from, { start: 0, end: to }, true), hashOf);
}

function isTreeSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

async function hashesOf(ranges: readonly LeafRange[], hashOf: SubtreeHash): Promise<Buffer[]> {
  const hashes: Buffer[] = [];
  for (const range of ranges) hashes.push(await rangeHash(range, hashOf));
  return hashes;
}

function inclusionRanges(index: number, { start, end }: LeafRange): LeafRange[] {
  if (end - start === 1) return [];
  const middle = start + splitPoint(end - start);
  return index < middle
    ? [...inclusionRanges(index, { start, end: middle }), { start: middle, end }]
    : [...inclusionRanges(index, { start: middle, end }), { start, end: middle }];
}

/** `whole`: the old tree is exactly this range's beginning and its root is known, so it need not be in the proof. */
function consistencyRanges(oldEnd: number, { start, end }: LeafRange, whole: boolean): LeafRange[] {
  if (oldEnd === end) return whole ? [] : [{ start, end }];
  const middle = start + splitPoint(end - start);
  return oldEnd <= middle
    ? [...consistencyRanges(oldEnd, { start, end: middle }, whole), { start: middle, end }]
    : [...consistencyRanges(oldEnd, { start: middle, end }, false), { start, end: middle }];
}

const half = (value: number): number => Math.floor(value / 2);
const isOdd = (value: number): boolean => value % 2 === 1;

export type InclusionClaim = {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/** True only if the leaf hash is at `index` of the tree with this size and root. */
export function verifyInclusion({ index, size, leaf, root, proof }: InclusionClaim): boolean {
  if (!isTreeSize(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  if (!allHashes([leaf, root, ...proof])) return false;
  let fn = index;
  let sn = size - 1;
  let node: Uint8Array = leaf;
  for (const sibling of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      node = nodeHash(sibling, node);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      node = nodeHash(node, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equal(node, root);
}

export type ConsistencyClaim = {
  readonly fromSize: number;
  readonly toSize: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
};

/** True only if the tree of `toSize` begins with the tree of `fromSize`, which has at least one leaf. */
export function verifyConsistency({ fromSize, toSize, fromRoot, toRoot, proof }: ConsistencyClaim): boolean {
  if (!isTreeSize(fromSize) || !isTreeSize(toSize) || fromSize < 1 || fromSize > toSize) return false;
  if (!allHashes([fromRoot, toRoot, ...proof])) return false;
  if (fromSize === toSize) return proof.length === 0 && equal(fromRoot, toRoot);
  // An old tree that is one complete subtree is its own first proof element.
  const [first, ...rest] = Number.isInteger(Math.log2(fromSize)) ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  let fn = fromSize - 1;
  let sn = toSize - 1;
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  let older = first;
  let newer = first;
  for (const sibling of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      newer = nodeHash(newer, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equal(older, fromRoot) && equal(newer, toRoot);
}

function allHashes(values: readonly Uint8Array[]): boolean {
  return values.every((value) => value.length === HASH_BYTES);
}

/** Hashes here are public: comparing them needs no constant time. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
