// Hashes of the stored tree: any complete subtree out of at most 256 stored hashes, without reading a record.
import type { Frontier, OnSubtree } from '#shared/audit/merkle.ts';
import { joinSiblings, type Subtree, type SubtreeHash, subtreesOf } from '#shared/audit/subtree.ts';
import type { Reader } from '#broker/store.ts';
import type { Row } from './bulk-insert.ts';
import { LedgerError } from './ledger-error.ts';
import { toBuffer } from './row-reading.ts';

/** Every eighth level is stored (256 hashes under each), so the tree costs 1/255 more than its leaves. */
const LEVEL_STEP = 8;

export function subtreeReader(db: Reader): SubtreeHash {
  return async ({ level, position }) => {
    const storedLevel = level - (level % LEVEL_STEP);
    const width = 2 ** (level - storedLevel);
    const first = position * width;
    const hashes = storedLevel === 0 ? await leafHashes(db, first, width) : await nodes(db, storedLevel, first, width);
    if (hashes.length !== width)
      throw new LedgerError('damaged', `hashes of the tree are missing: ${at({ level, position })}`);
    return joinSiblings(hashes);
  };
}

const at = ({ level, position }: Subtree): string => `subtree ${position} of 2^${level} records`;

async function leafHashes(db: Reader, first: number, count: number): Promise<Buffer[]> {
  const rows = await db
    .selectFrom('ledger_records')
    .select('leaf_hash as hash')
    .where('sequence', '>=', first)
    .where('sequence', '<', first + count)
    .orderBy('sequence')
    .execute();
  return rows.map((row) => toBuffer(row.hash));
}

async function nodes(db: Reader, level: number, first: number, count: number): Promise<Buffer[]> {
  const rows = await db
    .selectFrom('ledger_subtrees')
    .select('hash')
    .where('level', '=', level)
    .where('position', '>=', first)
    .where('position', '<', first + count)
    .orderBy('position')
    .execute();
  return rows.map((row) => toBuffer(row.hash));
}

/** The peaks of the stored tree of `size` records. */
export async function readFrontier(db: Reader, size: number): Promise<Frontier> {
  const hashOf = subtreeReader(db);
  const peaks: Buffer[] = [];
  for (const subtree of subtreesOf({ start: 0, end: size })) peaks.push(await hashOf(subtree));
  return { size, peaks };
}

/** Collects, while the tree grows, the rows of `ledger_subtrees` that are to be stored. */
export function subtreeCollector(rows: Row[]): OnSubtree {
  return (level, position, hash) => {
    if (level % LEVEL_STEP === 0) rows.push([level, position, hash]);
  };
}
