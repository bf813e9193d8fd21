// What a batch is, given what is stored: the next records, some that came before, a gap, or a contradiction.
// Reads only; stores nothing. A checkpoint reached here is signed by the device: a contradiction is its own word.
import { appendLeaves, type Frontier, rootOf } from '#shared/audit/merkle.ts';
import { verifyConsistency } from '#shared/audit/proof.ts';
import type { SubtreeHash } from '#shared/audit/subtree.ts';
import type { Row } from '#shared/log/bulk-insert.ts';
import { readFrontier, subtreeCollector } from '#shared/log/tree-reading.ts';
import type { Reader } from '#broker/store.ts';
import type { Batch } from './read-batch.ts';
import { readLeaves, storedSubtrees } from './stored-log.ts';

export type Verdict =
  /** New records from `from` on, and the subtrees that they complete. */
  | { readonly kind: 'follows'; readonly from: number; readonly subtrees: readonly Row[] }
  /** All of it is stored already, exactly so. */
  | { readonly kind: 'known' }
  | { readonly kind: 'gap' }
  | { readonly kind: 'fork' }
  /** Not what the device signed: the call is wrong, the device said nothing contradictory. */
  | { readonly kind: 'wrong'; readonly detail: string };

/** `stored`: how many records are stored of the batch's epoch. */
export async function judgeBatch(db: Reader, batch: Batch, stored: number): Promise<Verdict> {
  if (batch.firstSeq > stored) return { kind: 'gap' };
  const hashOf = storedSubtrees(db, batch);
  const start = await readFrontier(hashOf, batch.firstSeq);
  const grown = appendLeaves(
    start,
    batch.records.map(({ leaf }) => leaf),
  );
  const continues = isContinued(batch, start);
  if (!rootOf(grown).equals(batch.root))
    return continues || !(await isContradiction(hashOf, batch, stored))
      ? wrong('The records are not those that were signed.')
      : FORK;
  if (!continues) return wrong('The consistency proof does not hold.');
  const overlap = Math.min(stored, batch.size) - batch.firstSeq;
  if (overlap > 0 && !(await areStored(db, batch, overlap))) return FORK;
  if (batch.size <= stored) return { kind: 'known' };
  const subtrees: Row[] = [];
  const fresh = batch.records.slice(overlap).map(({ leaf }) => leaf);
  const before = overlap === 0 ? start : await readFrontier(hashOf, stored);
  appendLeaves(before, fresh, subtreeCollector(subtrees));
  return { kind: 'follows', from: stored, subtrees };
}

const FORK: Verdict = { kind: 'fork' };

function wrong(detail: string): Verdict {
  return { kind: 'wrong', detail };
}

/** Whether a signed tree that these records do not lead to contradicts what is stored. */
async function isContradiction(hashOf: SubtreeHash, { firstSeq, size, root }: Batch, stored: number): Promise<boolean> {
  if (size <= stored) return !rootOf(await readFrontier(hashOf, size)).equals(root);
  // A device that shows neither that its tree continues ours nor the records that would say so has left our tree.
  return firstSeq > 0;
}

/** Whether what was signed is shown to continue what is stored before the batch. */
function isContinued({ firstSeq, size, root, consistency }: Batch, start: Frontier): boolean {
  // Every tree continues the empty one.
  if (firstSeq === 0) return consistency.length === 0;
  return verifyConsistency({
    fromSize: firstSeq,
    toSize: size,
    fromRoot: rootOf(start),
    toRoot: root,
    proof: consistency,
  });
}

async function areStored(db: Reader, batch: Batch, count: number): Promise<boolean> {
  const leaves = await readLeaves(db, batch, batch.firstSeq, count);
  return leaves.length === count && leaves.every((leaf, index) => batch.records[index]?.leaf.equals(leaf) === true);
}
