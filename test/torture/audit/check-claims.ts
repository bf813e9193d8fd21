// Whatever the broker ever acknowledged is there at the end too, exactly so.
import { LEDGER, logName } from './claims.ts';
import type { Kept } from './kept.ts';
import { emptyTree, grow, missingOf, type Tree } from './trees.ts';

export function checkClaims({ claims, stored }: Pick<Kept, 'claims' | 'stored'>): readonly string[] {
  const trees = new Map<string, Tree>([[LEDGER, emptyTree()]]);
  const add = (log: string, canonical: string): void => {
    const tree = trees.get(log) ?? emptyTree();
    trees.set(log, tree);
    grow(tree, [canonical]);
  };
  for (const { canonical } of stored.ledger) add(LEDGER, canonical);
  for (const record of stored.desktops) add(logName(record), record.canonical);
  return claims.flatMap((claim) => missingOf(claim, trees.get(claim.log)) ?? []);
}
