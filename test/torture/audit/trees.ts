// The trees of the logs that a broker has on its disk, made anew of the records themselves and of nothing that the
// broker says of them.
import { appendLeaves, EMPTY_FRONTIER, type Frontier, leafHash, rootOf } from '#shared/audit/merkle.ts';
import type { Claim } from './claims.ts';

export type Tree = { frontier: Frontier; readonly roots: string[] };

export function emptyTree(): Tree {
  return { frontier: EMPTY_FRONTIER, roots: [rootOf(EMPTY_FRONTIER).toString('base64')] };
}

/** `records`: canonical JSON, those that follow. */
export function grow(tree: Tree, records: Iterable<string>): void {
  for (const record of records) {
    tree.frontier = appendLeaves(tree.frontier, [leafHash(Buffer.from(record))]);
    tree.roots.push(rootOf(tree.frontier).toString('base64'));
  }
}

/** Null: it has what was claimed. */
export function missingOf({ log, size, root }: Claim, tree: Tree | undefined): string | null {
  const has = tree?.frontier.size ?? 0;
  if (size > has) return `${log}: ${size} records were acknowledged, ${has} are there`;
  if (root !== null && tree?.roots[size] !== root && size > 0)
    return `${log}: other records than the ${size} acknowledged`;
  return null;
}
