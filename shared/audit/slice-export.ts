// Cuts a time range out of a whole export that somebody holds, without the log's owner: the signed root stays the same.
// Does not verify what it reads: whoever calls it verifies what was written.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../domain/result.ts';
import { readUnverified } from './checkpoint.ts';
import { chooseSlice, type RecordTimes } from './choose-slice.ts';
import { EXPORT_FILES, type LogLine, writeExport } from './export.ts';
import { type ExportLine, readLines } from './export-lines.ts';
import { coverAround, type CoveredSubtree, type Slice, type TimeRange, writeRange } from './export-range.ts';
import { claimedLeaf, recordTime } from './export-record.ts';
import { readRotationLines, rotationLine, rotationSizes } from './key-rotations.ts';
import { joinSiblings, type Subtree } from './subtree.ts';

export type WantedSlice = {
  readonly from: string;
  readonly folder: string;
  readonly range: TimeRange;
  /** Sizes of earlier checkpoints that the export must be comparable with. */
  readonly splits: readonly number[];
};

/** Refuses what is no whole export. */
export async function sliceExport({ from, folder, range, splits }: WantedSlice): Promise<Result<null, 'not_whole'>> {
  const checkpoint = await readFile(join(from, EXPORT_FILES.checkpoint), 'utf8');
  const publicKeyPem = await readFile(join(from, EXPORT_FILES.key), 'utf8');
  const size = readUnverified(checkpoint)?.size ?? 0;
  const rotations = await readRotationLines(from);
  const { hashes, timesMs } = await readTimes(from);
  if (size === 0 || timesMs.length !== size || rotations === null) return err('not_whole');
  const slice = await chooseSlice(timesOf(timesMs), range, size);
  const hashed = (subtrees: readonly Subtree[]): readonly CoveredSubtree[] =>
    subtrees.map((subtree) => ({ ...subtree, hash: subtreeHash(hashes, subtree) }));
  const comparable = [...splits, ...rotationSizes(rotations)];
  const { before, after } = coverAround(slice, size, comparable);
  await writeExport({
    folder,
    lines: linesOf(from, slice),
    checkpoint,
    publicKeyPem,
    rotations: rotations.map(rotationLine),
    range: writeRange({ ...range, ...slice, splits: comparable, before: hashed(before), after: hashed(after) }),
  });
  return ok(null);
}

type Read = { readonly hashes: readonly Buffer[]; readonly timesMs: readonly number[] };

async function readTimes(folder: string): Promise<Read> {
  const hashes: Buffer[] = [];
  const timesMs: number[] = [];
  for await (const line of wholeLines(folder)) {
    hashes.push(claimedLeaf(line));
    // A pruned record has no time of its own: it is taken to be as old as the one before it.
    timesMs.push(recordTime(line) ?? timesMs.at(-1) ?? Number.MIN_SAFE_INTEGER);
  }
  return { hashes, timesMs };
}

async function* wholeLines(folder: string): AsyncGenerator<ExportLine> {
  for await (const batch of readLines(join(folder, EXPORT_FILES.log))) if (batch.kind === 'lines') yield* batch.lines;
}

async function* linesOf(folder: string, { first, count }: Slice): AsyncGenerator<readonly LogLine[]> {
  let at = 0;
  for await (const batch of readLines(join(folder, EXPORT_FILES.log))) {
    if (batch.kind !== 'lines' || at >= first + count) return;
    const { lines } = batch;
    yield lines
      .slice(Math.max(0, first - at), Math.max(0, first + count - at))
      .map((line) => ({ text: line.text, leaf: claimedLeaf(line) }));
    at += lines.length;
  }
}

function timesOf(timesMs: readonly number[]): RecordTimes {
  const orNull = (index: number): number | null => (index < 0 ? null : index);
  return {
    within: ({ fromMs, untilMs }) => {
      const isWithin = (timeMs: number): boolean =>
        (fromMs === null || timeMs >= fromMs) && (untilMs === null || timeMs < untilMs);
      const first = timesMs.findIndex(isWithin);
      return Promise.resolve(first < 0 ? null : { first, last: timesMs.findLastIndex(isWithin) });
    },
    lastBefore: (sequence, beforeMs) =>
      Promise.resolve(orNull(timesMs.findLastIndex((timeMs, at) => at < sequence && timeMs < beforeMs))),
    firstFrom: (sequence, fromMs) =>
      Promise.resolve(orNull(timesMs.findIndex((timeMs, at) => at >= sequence && timeMs >= fromMs))),
  };
}

function subtreeHash(hashes: readonly Buffer[], { level, position }: Subtree): Buffer {
  const width = 2 ** level;
  return joinSiblings(hashes.slice(position * width, (position + 1) * width));
}
