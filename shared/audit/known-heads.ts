// Heads that a log is known to have had: while its tree is grown over again it must pass through each of them.
import type { Checkpoint } from './checkpoint.ts';
import { err, ok, type Result } from '../domain/result.ts';
import { appendLeaves, type Frontier, rootOf } from './merkle.ts';

/** `else`: what is wrong when the tree of that size has another root. */
export type KnownHead<P> = { readonly head: Pick<Checkpoint, 'size' | 'root'>; readonly else: P };

/** Grows the tree, past the known heads on the way; they are in order of size. */
export function growPast<P>(
  from: Frontier,
  leaves: readonly Buffer[],
  known: readonly KnownHead<P>[],
): Result<Frontier, P> {
  let frontier = from;
  let at = 0;
  for (const { head, else: problem } of known) {
    const upTo = head.size - from.size;
    if (upTo < at || upTo > leaves.length) continue;
    frontier = appendLeaves(frontier, leaves.slice(at, upTo));
    at = upTo;
    if (!rootOf(frontier).equals(head.root)) return err(problem);
  }
  return ok(appendLeaves(frontier, leaves.slice(at)));
}
