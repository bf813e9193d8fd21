// Grows the tree of an export's lines over again and compares it with the signed root, and with every other head that the
// log is known to have had. Streams; believes no line before the root is the signed one.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../domain/result.ts';
import type { Checkpoint } from './checkpoint.ts';
import { EXPORT_FILES } from './export.ts';
import { type ExportLine, readLines } from './export-lines.ts';
import type { ExportProblem } from './export-problem.ts';
import { type ExportRange, growOver } from './export-range.ts';
import { checkLine, type RecordName } from './export-record.ts';
import type { HeadWatch } from './known-heads.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, rootOf } from './merkle.ts';
import { type RangeShown, type RangeWatch, watchRange } from './range-times.ts';
import { addTold, bodiesMissing, NOTHING_TOLD, type PrunedTold } from './pruned-told.ts';

export type SignedLog = {
  /** What the checkpoint signs; its signature held. */
  readonly now: Checkpoint;
  readonly heads: HeadWatch<ExportProblem>;
  /** Null: the whole log. */
  readonly range: ExportRange | null;
};

export type CheckedLog = {
  readonly pruned: number;
  /** Under which names the records that are there were written. */
  readonly names: ReadonlySet<string>;
  readonly range: RangeShown | null;
};

/** Gives the first problem. Throws only when the disk fails. */
export async function checkLog(folder: string, log: SignedLog): Promise<Result<CheckedLog, ExportProblem>> {
  const { now, heads, range } = log;
  const watch = range === null ? null : watchRange(range, now.size);
  heads.see(EMPTY_FRONTIER);
  const start = growPast(heads, EMPTY_FRONTIER, range?.before);
  const grown = await growLines(join(folder, EXPORT_FILES.log), start, log, watch);
  if (!grown.ok) return grown;
  const { name, names, pruned, lastPruned, told } = grown.value;
  const frontier = growPast(heads, grown.value.frontier, range?.after);
  if (!rootOf(frontier).equals(now.root)) return err({ code: 'root_differs' });
  if (grown.value.frontier.size === now.size && name !== null && name.origin !== now.origin)
    return err({ code: 'bad_record', record: now.size - 1, reason: 'wrong_origin' });
  const problem = heads.problem();
  if (problem !== null) return err(problem);
  // What a part of a log says of pruned records may stand outside of it.
  const isWhole = range === null || range.count === now.size;
  const missing = isWhole ? bodiesMissing({ origin: now.origin, pruned, last: lastPruned }, told) : null;
  if (missing !== null) return err({ code: 'bodies_missing', ...missing });
  const shown = watch?.finish() ?? ok(null);
  return shown.ok ? ok({ pruned, names, range: shown.value }) : shown;
}

function growPast(heads: SignedLog['heads'], from: Frontier, covered: ExportRange['before'] = []): Frontier {
  let frontier = from;
  for (const next of growOver(from, covered)) {
    heads.see(next);
    frontier = next;
  }
  return frontier;
}

/** `names`: those of all epochs so far. */
type Grown = {
  readonly frontier: Frontier;
  readonly pruned: number;
  /** -1: none is. */
  readonly lastPruned: number;
  readonly told: PrunedTold;
  readonly name: RecordName | null;
  readonly names: ReadonlySet<string>;
};

async function growLines(
  path: string,
  start: Frontier,
  log: SignedLog,
  watch: RangeWatch | null,
): Promise<Result<Grown, ExportProblem>> {
  if (!(await isFile(path))) return err({ code: 'unreadable_file', file: EXPORT_FILES.log });
  const end = log.range === null ? log.now.size : start.size + log.range.count;
  let tree: Grown = { frontier: start, name: null, names: new Set(), pruned: 0, lastPruned: -1, told: NOTHING_TOLD };
  for await (const batch of readLines(path)) {
    const { size } = tree.frontier;
    if (batch.kind !== 'lines') return err({ code: 'bad_record', record: size, reason: batch.kind });
    // Also looked at before the lines themselves: what is beyond the checkpoint nobody signed.
    const within = batch.lines.slice(0, end - size);
    const grown = grow(tree, within, log, watch);
    if (!grown.ok) return grown;
    if (within.length < batch.lines.length) return err({ code: 'records_beyond_checkpoint', size: end });
    tree = grown.value;
  }
  const { size } = tree.frontier;
  return size === end ? ok(tree) : err({ code: 'records_missing', records: size, size: end });
}

function grow(
  tree: Grown,
  lines: readonly ExportLine[],
  { now: { origin }, heads }: SignedLog,
  watch: RangeWatch | null,
): Result<Grown, ExportProblem> {
  const leaves: Buffer[] = [];
  const names = new Set(tree.names);
  let { name, pruned, lastPruned, told } = tree;
  for (const line of lines) {
    const record = tree.frontier.size + leaves.length;
    const checked = checkLine(line, { origin, sequence: record, name });
    if (!checked.ok) return err({ code: 'bad_record', record, reason: checked.error });
    const { keptRoot } = checked.value;
    if (keptRoot !== null && rootOf(appendLeaves(tree.frontier, leaves)).toString('base64') !== keptRoot)
      return err({ code: 'bad_record', record, reason: 'wrong_origin' });
    leaves.push(checked.value.leaf);
    watch?.see(checked.value.timeMs);
    name = checked.value.name;
    if (name !== null) names.add(name.origin);
    told = addTold(told, checked.value.told);
    if (!checked.value.pruned) continue;
    pruned += 1;
    lastPruned = record;
  }
  return ok({ frontier: heads.grow(tree.frontier, leaves), name, names, pruned, lastPruned, told });
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
