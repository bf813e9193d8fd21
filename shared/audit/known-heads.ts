// Heads that a log is known to have had: while its tree is grown over again it must pass through each of them.
import type { Checkpoint } from './checkpoint.ts';
import { appendLeaves, type Frontier, rootOf } from './merkle.ts';

export type KnownHead<P> = {
  readonly head: Pick<Checkpoint, 'size' | 'root'>;
  /** What is wrong when the tree of that size has another root. */
  readonly else: P;
  /** What is wrong when the tree was never seen at that size. */
  readonly unseen: P;
};

export type HeadWatch<P> = {
  /** Compares a tree with the heads of its size. */
  readonly see: (tree: Frontier) => void;
  /** Grows the tree, past the known heads on the way. */
  readonly grow: (from: Frontier, leaves: readonly Buffer[]) => Frontier;
  /** What is wrong with the first head, in order of size, that was not met. */
  readonly problem: () => P | null;
};

/**
 * What differs is told only at the end: a log that was changed since it was signed is another matter than one that was
 * signed anew.
 */
export function watchHeads<P>(known: readonly KnownHead<P>[]): HeadWatch<P> {
  const heads = known.toSorted((a, b) => a.head.size - b.head.size);
  const met = new Map<KnownHead<P>, boolean>();
  const see = (tree: Frontier): void => {
    for (const each of heads)
      if (each.head.size === tree.size) met.set(each, rootOf(tree).equals(each.head.root) && met.get(each) !== false);
  };
  return {
    see,
    grow(from, leaves) {
      let tree = from;
      let at = 0;
      for (const { head } of heads) {
        const upTo = head.size - from.size;
        if (upTo <= at || upTo > leaves.length) continue;
        tree = appendLeaves(tree, leaves.slice(at, upTo));
        at = upTo;
        see(tree);
      }
      return appendLeaves(tree, leaves.slice(at));
    },
    problem() {
      const bad = heads.find((each) => met.get(each) !== true);
      if (bad === undefined) return null;
      return met.has(bad) ? bad.else : bad.unseen;
    },
  };
}
