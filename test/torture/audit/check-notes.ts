// Every checkpoint of the ledger that anybody was given must be how the ledger began, or be of what a restore is on
// record to have lost: else the ledger forked.
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import type { Kept } from './kept.ts';
import type { StoredRecord } from './stored-logs.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function checkNotes({ notes, stored, exports, ledgerFingerprint }: Kept): readonly string[] {
  const folder = exports.find(({ fingerprint }) => fingerprint === ledgerFingerprint)?.folder ?? '';
  const key = readPublicKey(readFileSync(join(folder, 'log.pem'), 'utf8'));
  if (key === null || key.fingerprint !== ledgerFingerprint) return ['the ledger has another key'];
  const roots = rootsOf(stored.ledger);
  const keptOf = keptSizes(stored.ledger);
  return [...notes].flatMap((note) => {
    const opened = openCheckpoint(note, key);
    if (!opened.ok) return [`a checkpoint that was given out does not hold: ${opened.error}`];
    const { origin, size, root } = opened.value;
    const kept = origin === stored.ledgerState.origin ? stored.ledgerState.size : keptOf.get(origin);
    // Of a name whose own opening a restore took away nothing can be said but that it was lost.
    if (kept === undefined || (size > kept && origin !== stored.ledgerState.origin)) return [];
    return roots[size]?.equals(root) === true ? [] : [`the ledger forked before its record ${size}`];
  });
}

/** Roots of all trees of the ledger, by size. */
function rootsOf(ledger: readonly StoredRecord[]): readonly Buffer[] {
  let tree = EMPTY_FRONTIER;
  return [
    rootOf(tree),
    ...ledger.map(({ canonical }) => rootOf((tree = appendLeaves(tree, [leafHash(Buffer.from(canonical))])))),
  ];
}

/** By earlier name of the ledger: how many of its records a restore kept, by the record that announces it. */
function keptSizes(ledger: readonly StoredRecord[]): ReadonlyMap<string, number> {
  const kept = new Map<string, number>();
  for (const { canonical } of ledger) {
    if (!canonical.includes('"event_code":"ledger.epoch_opened"')) continue;
    // Written by the broker, and the tree over it is checked with its export.
    const { unmapped } = JSON.parse(canonical) as {
      unmapped: { data: { previousOrigin: string; kept: { size: number } } };
    };
    const { previousOrigin, kept: head } = unmapped.data;
    kept.set(previousOrigin, Math.min(head.size, kept.get(previousOrigin) ?? head.size));
  }
  return kept;
}
