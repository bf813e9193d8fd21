// Verifies an export as an outsider does: with the key's fingerprint and the last known checkpoint from elsewhere.
// Trusts nothing in the folder; streams the log. `docs/verify-export.sh` does the same without this program.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../domain/result.ts';
import { type Checkpoint, type CheckpointProblem, openCheckpoint } from './checkpoint.ts';
import { EXPORT_FILES } from './export.ts';
import { type ExportRange, growOver, readRange } from './export-range.ts';
import { type ExportLine, readLines } from './export-lines.ts';
import { checkLine, isEarlierName, type LineProblem, type RecordName } from './export-record.ts';
import { type LogPublicKey, readPublicKey } from './log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, rootOf } from './merkle.ts';
import { type RangeDiffers, type RangeShown, type RangeWatch, watchRange } from './range-times.ts';

export type VerifyOptions = {
  readonly folder: string;
  /** Hex SHA-256 of the public key's DER, known from outside of the export. */
  readonly keyFingerprint?: string;
  /** The text of an earlier checkpoint, kept from outside of the export. */
  readonly sinceCheckpoint?: string;
};

export type VerifiedExport = {
  /** Without a fingerprint from outside anybody could have made the export: then it is only consistent in itself. */
  readonly verdict: 'verified' | 'internally_consistent';
  readonly origin: string;
  /** Of the whole signed log. */
  readonly records: number;
  /** Null: the export is of the whole log. */
  readonly range: RangeShown | null;
  /** How many of those that are there left only their leaf hash. */
  readonly pruned: number;
  readonly fingerprint: string;
  /** Whether it was shown to continue an earlier checkpoint. */
  readonly continuesOld: boolean;
};

/** `record` counts from 0, as sequence numbers do. */
export type ExportProblem =
  | { readonly code: 'unreadable_file'; readonly file: string }
  | { readonly code: 'not_a_public_key' }
  | { readonly code: 'another_key'; readonly fingerprint: string }
  | { readonly code: 'bad_checkpoint'; readonly which: 'new' | 'old'; readonly reason: CheckpointProblem }
  | { readonly code: 'another_origin_than_before'; readonly origin: string }
  | { readonly code: 'shorter_than_before'; readonly size: number; readonly oldSize: number }
  | { readonly code: 'empty_log' }
  | { readonly code: 'bad_record'; readonly record: number; readonly reason: LineProblem | 'too_long' | 'cut' }
  | { readonly code: 'records_beyond_checkpoint'; readonly size: number }
  | { readonly code: 'records_missing'; readonly records: number; readonly size: number }
  | { readonly code: 'history_rewritten'; readonly oldSize: number }
  /** The old checkpoint is of a tree that the exported part of the log does not let one recompute. */
  | { readonly code: 'old_not_covered'; readonly oldSize: number }
  | { readonly code: 'bad_range' }
  | RangeDiffers
  | { readonly code: 'root_differs' };

type Signed = { readonly publicKey: LogPublicKey; readonly now: Checkpoint; readonly old: Checkpoint | null };
type Counted = { readonly frontier: Frontier; readonly pruned: number };

/** Gives what was verified, or the first thing that is wrong. Throws only when the disk fails. */
export async function verifyExport(options: VerifyOptions): Promise<Result<VerifiedExport, ExportProblem>> {
  const signed = await checkSignatures(options);
  if (!signed.ok) return signed;
  const { publicKey, now, old } = signed.value;
  // Before the log is read: names that have nothing to do with each other are two logs.
  if (old !== null && old.origin !== now.origin && !isEarlierName(old.origin, now.origin))
    return err({ code: 'another_origin_than_before', origin: now.origin });
  const range = await readRangeFile(options.folder, now);
  if (!range.ok) return range;
  const counted = await checkLog(join(options.folder, EXPORT_FILES.log), { now, old, range: range.value });
  if (!counted.ok) return counted;
  const { pruned, names } = counted.value;
  if (old !== null && range.value === null && pruned === 0 && !names.has(old.origin))
    return err({ code: 'another_origin_than_before', origin: now.origin });
  return ok({
    verdict: options.keyFingerprint === undefined ? 'internally_consistent' : 'verified',
    origin: now.origin,
    records: now.size,
    range: counted.value.range,
    pruned,
    fingerprint: publicKey.fingerprint,
    continuesOld: old !== null,
  });
}

async function checkSignatures(options: VerifyOptions): Promise<Result<Signed, ExportProblem>> {
  const pem = await readText(options.folder, EXPORT_FILES.key);
  const note = await readText(options.folder, EXPORT_FILES.checkpoint);
  if (!pem.ok) return pem;
  if (!note.ok) return note;
  const publicKey = readPublicKey(pem.value);
  if (publicKey === null) return err({ code: 'not_a_public_key' });
  if (options.keyFingerprint !== undefined && options.keyFingerprint.toLowerCase() !== publicKey.fingerprint) {
    return err({ code: 'another_key', fingerprint: publicKey.fingerprint });
  }
  const now = openCheckpoint(note.value, publicKey);
  if (!now.ok) return err({ code: 'bad_checkpoint', which: 'new', reason: now.error });
  if (now.value.size === 0) return err({ code: 'empty_log' });
  if (options.sinceCheckpoint === undefined) return ok({ publicKey, now: now.value, old: null });
  const old = openCheckpoint(options.sinceCheckpoint, publicKey);
  if (!old.ok) return err({ code: 'bad_checkpoint', which: 'old', reason: old.error });
  if (old.value.size > now.value.size) {
    return err({ code: 'shorter_than_before', size: now.value.size, oldSize: old.value.size });
  }
  return ok({ publicKey, now: now.value, old: old.value });
}

type Heads = { readonly now: Checkpoint; readonly old: Checkpoint | null; readonly range: ExportRange | null };

async function checkLog(path: string, heads: Heads): Promise<Result<Checked, ExportProblem>> {
  const { now, old, range } = heads;
  const end = range === null ? now.size : range.first + range.count;
  const watch = range === null ? null : watchRange(range, now.size);
  const nothing = { frontier: EMPTY_FRONTIER, name: null, names: new Set<string>(), pruned: 0, asBefore: null };
  let tree = compared(nothing, EMPTY_FRONTIER, old);
  for (const frontier of growOver(tree.frontier, range?.before ?? [])) tree = compared(tree, frontier, old);
  try {
    for await (const batch of readLines(path)) {
      const { size } = tree.frontier;
      if (batch.kind !== 'lines') return err({ code: 'bad_record', record: size, reason: batch.kind });
      // Also looked at before the lines themselves: what is beyond the checkpoint nobody signed.
      const within = batch.lines.slice(0, end - size);
      const grown = grow(tree, within, heads, watch);
      if (!grown.ok) return grown;
      if (within.length < batch.lines.length) return err({ code: 'records_beyond_checkpoint', size: end });
      tree = grown.value;
    }
  } catch (error) {
    if (isMissing(error)) return err({ code: 'unreadable_file', file: EXPORT_FILES.log });
    throw error;
  }
  const { size } = tree.frontier;
  if (size !== end) return err({ code: 'records_missing', records: size, size: end });
  for (const frontier of growOver(tree.frontier, range?.after ?? [])) tree = compared(tree, frontier, old);
  // What was changed since it was signed is another matter than what was signed anew.
  if (!rootOf(tree.frontier).equals(now.root)) return err({ code: 'root_differs' });
  if (end === now.size && tree.name !== null && tree.name.origin !== now.origin)
    return err({ code: 'bad_record', record: size - 1, reason: 'wrong_origin' });
  if (old !== null && tree.asBefore !== true)
    return err({ code: tree.asBefore === null ? 'old_not_covered' : 'history_rewritten', oldSize: old.size });
  if (watch === null) return ok({ ...tree, range: null });
  const shown = watch.finish();
  return shown.ok ? ok({ ...tree, range: shown.value }) : shown;
}

/** The tree with its new frontier, compared with the old checkpoint where it has that size. */
function compared(tree: Grown, frontier: Frontier, old: Checkpoint | null): Grown {
  if (frontier.size !== old?.size) return { ...tree, frontier };
  return { ...tree, frontier, asBefore: rootOf(frontier).equals(old.root) };
}

/** `names`: those of all epochs so far. */
type Grown = Counted & {
  readonly name: RecordName | null;
  readonly names: ReadonlySet<string>;
  /** Whether the tree was that of the old checkpoint when it had its size; null: it was never seen at that size. */
  readonly asBefore: boolean | null;
};
type Checked = Grown & { readonly range: RangeShown | null };

function grow(
  tree: Grown,
  lines: readonly ExportLine[],
  { now: { origin }, old }: Heads,
  watch: RangeWatch | null,
): Result<Grown, ExportProblem> {
  const leaves: Buffer[] = [];
  const names = new Set(tree.names);
  let { name, pruned } = tree;
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
    if (checked.value.pruned) pruned += 1;
  }
  const grown = { ...tree, name, names, pruned };
  const upToOld = old === null ? 0 : old.size - tree.frontier.size;
  if (old === null || upToOld < 0 || upToOld > leaves.length)
    return ok({ ...grown, frontier: appendLeaves(tree.frontier, leaves) });
  const asBefore = compared(grown, appendLeaves(tree.frontier, leaves.slice(0, upToOld)), old);
  return ok({ ...asBefore, frontier: appendLeaves(asBefore.frontier, leaves.slice(upToOld)) });
}

async function readRangeFile(folder: string, now: Checkpoint): Promise<Result<ExportRange | null, ExportProblem>> {
  const text = await readText(folder, EXPORT_FILES.range);
  // An export of the whole log has none; with one that was taken away, the rest cannot be the whole log.
  if (!text.ok) return ok(null);
  const range = readRange(text.value, now.size);
  return range.ok ? range : err({ code: range.error });
}

async function readText(folder: string, file: string): Promise<Result<string, ExportProblem>> {
  try {
    return ok(await readFile(join(folder, file), 'utf8'));
  } catch (error) {
    if (isMissing(error)) return err({ code: 'unreadable_file', file });
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR');
}
