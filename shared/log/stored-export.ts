// Exports a log out of its database alone, whole or by time range, also while its owner writes to it. Reads only, signs
// nothing: it gives out the checkpoint and the public key that are stored.
import { sql } from 'kysely';
import { openCheckpoint } from '../audit/checkpoint.ts';
import { chooseSlice, type RecordTimes } from '../audit/choose-slice.ts';
import { writeExport } from '../audit/export.ts';
import { coverAround, type CoveredSubtree, type Slice, type TimeRange, writeRange } from '../audit/export-range.ts';
import { type RotationLine, rotationLine, rotationSizes } from '../audit/key-rotations.ts';
import { readPublicKey } from '../audit/log-key.ts';
import type { Subtree } from '../audit/subtree.ts';
import { err, ok, type Result } from '../domain/result.ts';
import type { FindRotations } from './log-keys.ts';
import type { Db } from './log-store.ts';
import type { LogTables } from './log-tables.ts';
import { readState } from './open-state.ts';
import { readPublicKeyPem } from './public-key.ts';
import { exportPages } from './record-reading.ts';
import { toWholeNumber } from './row-reading.ts';
import { logHashes, subtreeReader } from './tree-reading.ts';

export type StoredLog = {
  readonly origin: string;
  readonly size: number;
  readonly checkpoint: string;
  readonly publicKeyPem: string;
  readonly fingerprint: string;
  /** Changes of its key, the oldest first. */
  readonly rotations: readonly RotationLine[];
};

export type NotExportable =
  /** Nothing was ever signed there. */
  | 'empty'
  /** The database does not hold the public key yet, and none that fits was given. */
  | 'no_public_key'
  | 'bad_checkpoint';

export type StoredLogPlace = {
  readonly db: Db;
  readonly tables: LogTables;
  /** Finds the changes of the log's key; a log whose key never changes has none. */
  readonly findRotations?: FindRotations | undefined;
};

/** `pem`: a public key to use where none is stored. */
export async function readStoredLog(
  { db, tables, findRotations }: StoredLogPlace,
  pem: string | null = null,
): Promise<Result<StoredLog, NotExportable>> {
  const state = await readState(db, tables);
  if (state === null || state.checkpoint === null) return err('empty');
  const publicKey = readPublicKey((await readPublicKeyPem(db, tables)) ?? pem ?? '');
  if (publicKey?.fingerprint !== state.key_fingerprint) return err('no_public_key');
  const signed = openCheckpoint(state.checkpoint, publicKey);
  if (!signed.ok) return err('bad_checkpoint');
  const { origin, size } = signed.value;
  const { fingerprint } = publicKey;
  const rotations = (await findRotations?.(db)) ?? [];
  return ok({ origin, size, checkpoint: state.checkpoint, publicKeyPem: publicKey.pem, fingerprint, rotations });
}

export type WantedExport = {
  readonly folder: string;
  readonly range: TimeRange | null;
  /** Sizes of earlier checkpoints that the export must be comparable with. */
  readonly splits: readonly number[];
};

export async function exportStored(
  { db, tables }: StoredLogPlace,
  { size, checkpoint, publicKeyPem, ...stored }: StoredLog,
  { folder, range, ...wanted }: WantedExport,
): Promise<void> {
  const slice =
    range === null ? { first: 0, count: size } : await chooseSlice(recordTimes(db, tables, size), range, size);
  const lines = exportPages(db, tables, { start: slice.first, end: slice.first + slice.count });
  const rotations = stored.rotations.map(rotationLine);
  const parts = { folder, lines, checkpoint, publicKeyPem, rotations };
  if (range === null) return await writeExport(parts);
  const splits = [...wanted.splits, ...rotationSizes(stored.rotations)];
  const cover = await readCover(db, tables, { slice, size, splits });
  await writeExport({ ...parts, range: writeRange({ ...range, ...slice, splits, ...cover }) });
}

type Place = { readonly slice: Slice; readonly size: number; readonly splits: readonly number[] };

async function readCover(db: Db, tables: LogTables, { slice, size, splits }: Place) {
  const hashOf = subtreeReader(logHashes(db, tables));
  const withHashes = async (subtrees: readonly Subtree[]): Promise<readonly CoveredSubtree[]> => {
    const covered: CoveredSubtree[] = [];
    for (const subtree of subtrees) covered.push({ ...subtree, hash: await hashOf(subtree) });
    return covered;
  };
  const { before, after } = coverAround(slice, size, splits);
  return { before: await withHashes(before), after: await withHashes(after) };
}

function recordTimes(db: Db, tables: LogTables, size: number): RecordTimes {
  const records = sql.table(tables.records);
  type Edges = { readonly first: number | string | null; readonly last: number | string | null };
  const edges = async (condition: ReturnType<typeof sql>): Promise<{ first: number; last: number } | null> => {
    const { rows } = await sql<Edges>`
      select min(sequence) as first, max(sequence) as last from ${records} where sequence < ${size} and ${condition}
    `.execute(db);
    const { first = null, last = null } = rows[0] ?? {};
    return first === null || last === null ? null : { first: toWholeNumber(first), last: toWholeNumber(last) };
  };
  return {
    within: ({ fromMs, untilMs }) =>
      edges(sql`at_ms >= ${fromMs ?? Number.MIN_SAFE_INTEGER} and at_ms < ${untilMs ?? Number.MAX_SAFE_INTEGER}`),
    lastBefore: async (sequence, beforeMs) =>
      (await edges(sql`sequence < ${sequence} and at_ms < ${beforeMs}`))?.last ?? null,
    firstFrom: async (sequence, fromMs) =>
      (await edges(sql`sequence >= ${sequence} and at_ms >= ${fromMs}`))?.first ?? null,
  };
}
