import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendLeaves, EMPTY_FRONTIER, leafHash, nodeHash, rootOf } from '#shared/audit/merkle.ts';
import { consistencyProof, inclusionProof, verifyConsistency, verifyInclusion } from '#shared/audit/proof.ts';
import { splitPoint, type SubtreeHash } from '#shared/audit/subtree.ts';
import vectors from '#test/vectors/audit/rfc6962.json' with { type: 'json' };

const MAX_SIZE = 300;
const leafOf = (index: number): Buffer => leafHash(Buffer.from(`record ${index}`));
const LEAVES = Array.from({ length: MAX_SIZE }, (_, index) => leafOf(index));

/** The definition of RFC 6962 2.1, word for word: slow, and independent of the code under test but for the hashes. */
function mth(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) throw new Error('no leaves');
  if (leaves.length === 1) return only;
  const k = splitPoint(leaves.length);
  return nodeHash(mth(leaves.slice(0, k)), mth(leaves.slice(k)));
}

const hashOf =
  (leaves: readonly Buffer[]): SubtreeHash =>
  ({ level, position }) =>
    Promise.resolve(mth(leaves.slice(position * 2 ** level, (position + 1) * 2 ** level)));

const grown = (leaves: readonly Buffer[]) => appendLeaves(EMPTY_FRONTIER, leaves);
const hex = (hashes: readonly Buffer[] | null): string[] => (hashes ?? []).map((hash) => hash.toString('hex'));

describe('the Merkle tree (RFC 6962)', () => {
  const leaves = vectors.leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')));

  it('has the known roots of the reference tree at every size', () => {
    expect(rootOf(EMPTY_FRONTIER).toString('hex')).toBe(vectors.emptyRoot);
    expect(leaves.map((_, index) => rootOf(grown(leaves.slice(0, index + 1))).toString('hex'))).toEqual(vectors.roots);
  });

  it.each(vectors.consistency.map((vector) => [vector.from, vector.to, vector.proof] as const))(
    'gives the known consistency proof from %i to %i',
    async (from, to, proof) => {
      expect(hex(await consistencyProof(from, to, hashOf(leaves)))).toEqual(proof);
    },
  );

  it('grows to the same root in whatever portions it is fed, and reports every complete subtree once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 7 }), (portions) => {
        const seen = new Map<string, Buffer>();
        let frontier = EMPTY_FRONTIER;
        for (const portion of portions) {
          const next = LEAVES.slice(frontier.size, frontier.size + portion);
          frontier = appendLeaves(frontier, next, (level, position, hash) => {
            expect(seen.has(`${level}/${position}`)).toBe(false);
            seen.set(`${level}/${position}`, Buffer.from(hash));
          });
        }
        if (frontier.size > 0) expect(rootOf(frontier)).toEqual(mth(LEAVES.slice(0, frontier.size)));
        for (const [place, hash] of seen) {
          const [level = 0, position = 0] = place.split('/').map(Number);
          expect(hash).toEqual(mth(LEAVES.slice(position * 2 ** level, (position + 1) * 2 ** level)));
        }
      }),
      { numRuns: 40 },
    );
  });
});

const sized = fc
  .integer({ min: 1, max: MAX_SIZE })
  .chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }));
const ranged = fc
  .integer({ min: 1, max: MAX_SIZE })
  .chain((to) => fc.record({ to: fc.constant(to), from: fc.integer({ min: 1, max: to }) }));

describe('proofs', () => {
  it('of inclusion hold for their record, and for no other record, place, size, root or path', async () => {
    await fc.assert(
      fc.asyncProperty(sized, fc.nat(), async ({ size, index }, pick) => {
        const leaves = LEAVES.slice(0, size);
        const [leaf, root] = [LEAVES[index] ?? Buffer.alloc(0), mth(leaves)];
        const proof = (await inclusionProof(index, size, hashOf(leaves))) ?? [];
        const claim = { index, size, leaf, root, proof };
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leaf: leafHash(Buffer.from('another')) })).toBe(false);
        expect(verifyInclusion({ ...claim, root: leafHash(root) })).toBe(false);
        expect(verifyInclusion({ ...claim, index: size })).toBe(false);
        if (size > 1) {
          expect(verifyInclusion({ ...claim, index: (index + 1 + (pick % (size - 1))) % size })).toBe(false);
          expect(verifyInclusion({ ...claim, proof: proof.slice(1) })).toBe(false);
          const broken = proof.map((hash, at) => (at === pick % proof.length ? leafHash(hash) : hash));
          expect(verifyInclusion({ ...claim, proof: broken })).toBe(false);
        }
        expect(verifyInclusion({ ...claim, proof: [...proof, root] })).toBe(false);
      }),
      { numRuns: 80 },
    );
  });

  it('of consistency hold between two sizes of one log, and for no rewritten one', async () => {
    await fc.assert(
      fc.asyncProperty(ranged, fc.nat(), async ({ from, to }, pick) => {
        const [older, newer] = [LEAVES.slice(0, from), LEAVES.slice(0, to)];
        const proof = (await consistencyProof(from, to, hashOf(newer))) ?? [];
        const claim = { fromSize: from, toSize: to, fromRoot: mth(older), toRoot: mth(newer), proof };
        expect(verifyConsistency(claim)).toBe(true);
        const rewritten = older.map((leaf, at) => (at === pick % from ? leafHash(leaf) : leaf));
        expect(verifyConsistency({ ...claim, fromRoot: mth(rewritten) })).toBe(false);
        expect(verifyConsistency({ ...claim, toRoot: leafHash(claim.toRoot) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...proof, claim.toRoot] })).toBe(false);
        if (proof.length > 0) {
          const broken = proof.map((hash, at) => (at === pick % proof.length ? leafHash(hash) : hash));
          expect(verifyConsistency({ ...claim, proof: broken })).toBe(false);
          expect(verifyConsistency({ ...claim, proof: proof.slice(0, -1) })).toBe(false);
        }
      }),
      { numRuns: 80 },
    );
  });

  const [first, second, third, fourth] = [leafOf(0), leafOf(1), leafOf(2), leafOf(3)] as const;
  const [left, right] = [nodeHash(first, second), nodeHash(third, fourth)];
  const whole = nodeHash(left, right);

  it('of inclusion are as long as the tree is high: no inner hash stands for a record, no tree within another', () => {
    const inner = { index: 0, size: 4, leaf: left, root: whole, proof: [right] };
    expect(verifyInclusion(inner)).toBe(false);
    expect(verifyInclusion({ index: 0, size: 1, leaf: second, root: left, proof: [first] })).toBe(false);
    expect(verifyInclusion({ index: 0, size: 4, leaf: first, root: whole, proof: [second, right] })).toBe(true);
  });

  it('of consistency are as long as the trees are high', async () => {
    expect(verifyConsistency({ fromSize: 1, toSize: 4, fromRoot: first, toRoot: left, proof: [second] })).toBe(false);
    const claim = { fromSize: 3, toSize: 4, fromRoot: mth(LEAVES.slice(0, 3)), toRoot: whole };
    const proof = (await consistencyProof(3, 4, hashOf(LEAVES.slice(0, 4)))) ?? [];
    expect(verifyConsistency({ ...claim, proof })).toBe(true);
    const within = { ...claim, fromRoot: nodeHash(first, claim.fromRoot), toRoot: nodeHash(first, whole) };
    expect(verifyConsistency({ ...within, proof: [...proof, first] })).toBe(false);
  });

  it.each([31, 33, 64])('are refused with a hash of %d bytes, wherever it stands, and never throw', (bytes) => {
    const odd = (hash: Buffer): Buffer => Buffer.concat([hash, hash]).subarray(0, bytes);
    const included = { index: 0, size: 2, leaf: first, root: left, proof: [second] };
    for (const over of [{ leaf: odd(first) }, { root: odd(left) }, { proof: [odd(second)] }])
      expect(verifyInclusion({ ...included, ...over })).toBe(false);
    // As a left child what is beyond 32 bytes would be written over by the right one.
    expect(verifyInclusion({ index: 1, size: 2, leaf: second, root: left, proof: [odd(first)] })).toBe(false);
    const continued = { fromSize: 1, toSize: 2, fromRoot: first, toRoot: left, proof: [second] };
    for (const over of [{ fromRoot: odd(first) }, { toRoot: odd(left) }, { proof: [odd(second)] }])
      expect(verifyConsistency({ ...continued, ...over })).toBe(false);
  });

  it.each([
    [-1, 5],
    [5, 5],
    [0, 0],
    [0.5, 3],
    [0, Number.NaN],
  ])('refuse a place that is not in the tree: %d of %d', async (index, size) => {
    expect(await inclusionProof(index, size, hashOf(LEAVES))).toBeNull();
    expect(await consistencyProof(size + 1, size, hashOf(LEAVES))).toBeNull();
  });
});
