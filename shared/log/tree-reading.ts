// Hashes of a stored tree: any complete subtree out of at most 256 stored hashes, without reading a record.
import { sql } from 'kysely';
import type { Frontier, OnSubtree } from '../audit/merkle.ts';
import { joinSiblings, type Subtree, type SubtreeHash, subtreesOf } from '../audit/subtree.ts';
import type { Row } from './bulk-insert.ts';
import { LogError } from './log-error.ts';
import type { Db } from './log-store.ts';
import type { LogTables } from './log-tables.ts';
import { toBuffer } from './row-reading.ts';

/** Every eighth level is stored (256 hashes under each), so the tree costs 1/255 more than its leaves. */
const LEVEL_STEP = 8;

/** Gives the stored hashes of one level, from the `first` one on, in order; level 0 are the leaves. */
export type StoredHashes = (level: number, first: number, count: number) => Promise<readonly Buffer[]>;

export function subtreeReader(stored: StoredHashes): SubtreeHash {
  return async ({ level, position }) => {
    const storedLevel = level - (level % LEVEL_STEP);
    const width = 2 ** (level - storedLevel);
    const hashes = await stored(storedLevel, position * width, width);
    if (hashes.length !== width)
      throw new LogError('damaged', `hashes of the tree are missing: ${at({ level, position })}`);
    return joinSiblings(hashes);
  };
}

const at = ({ level, position }: Subtree): string => `subtree ${position} of 2^${level} records`;

/** Reads the hashes of a log with tables of its own. */
export function logHashes(db: Db, tables: LogTables): StoredHashes {
  return async (level, first, count) => {
    const query =
      level === 0
        ? sql<HashRow>`
            select leaf_hash as hash from ${sql.table(tables.records)}
            where sequence >= ${first} and sequence < ${first + count} order by sequence`
        : sql<HashRow>`
            select hash from ${sql.table(tables.subtrees)}
            where level = ${level} and position >= ${first} and position < ${first + count} order by position`;
    return (await query.execute(db)).rows.map((row) => toBuffer(row.hash));
  };
}

type HashRow = { readonly hash: Uint8Array };

/** The peaks of the stored tree of `size` records. */
export async function readFrontier(hashOf: SubtreeHash, size: number): Promise<Frontier> {
  const peaks: Buffer[] = [];
  for (const subtree of subtreesOf({ start: 0, end: size })) peaks.push(await hashOf(subtree));
  return { size, peaks };
}

/** Collects, while the tree grows, the subtrees that are to be stored: level, position, hash. */
export function subtreeCollector(rows: Row[]): OnSubtree {
  return (level, position, hash) => {
    if (level % LEVEL_STEP === 0) rows.push([level, position, hash]);
  };
}
