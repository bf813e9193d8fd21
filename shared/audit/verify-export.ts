// Verifies an export as an outsider does: with the key's fingerprint and the last known checkpoint from elsewhere.
// Trusts nothing in the folder; streams the log. `docs/verify-export.sh` does the same without this program.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../domain/result.ts';
import { type Checkpoint, type CheckpointProblem, openCheckpoint } from './checkpoint.ts';
import { EXPORT_FILES } from './export.ts';
import { type ExportLine, readLines } from './export-lines.ts';
import { checkLine, isEarlierName, type LineProblem, type RecordName } from './export-record.ts';
import { keysOf, type KeyRotation, openByAnyKey, readRotationsFile, type RotationProblem } from './key-rotations.ts';
import { growPast, type KnownHead } from './known-heads.ts';
import { type LogPublicKey, readPublicKey } from './log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, rootOf } from './merkle.ts';

export type VerifyOptions = {
  readonly folder: string;
  /** Hex SHA-256 of the public key's DER, known from outside of the export: of this or of an earlier key of the log. */
  readonly keyFingerprint?: string;
  /** The text of an earlier checkpoint, kept from outside of the export. */
  readonly sinceCheckpoint?: string;
};

export type VerifiedExport = {
  /** Without a fingerprint from outside anybody could have made the export: then it is only consistent in itself. */
  readonly verdict: 'verified' | 'internally_consistent';
  readonly origin: string;
  readonly records: number;
  /** How many of them left only their leaf hash. */
  readonly pruned: number;
  readonly fingerprint: string;
  /** Whether it was shown to continue an earlier checkpoint. */
  readonly continuesOld: boolean;
  /** How many times the log's key was changed, each time signed by both. */
  readonly keyChanges: number;
};

/** `record` counts from 0, as sequence numbers do. */
export type ExportProblem =
  | { readonly code: 'unreadable_file'; readonly file: string }
  | { readonly code: 'not_a_public_key' }
  | { readonly code: 'another_key'; readonly fingerprint: string }
  | ({ readonly code: 'bad_rotation' } & RotationProblem)
  | { readonly code: 'bad_checkpoint'; readonly which: 'new' | 'old'; readonly reason: CheckpointProblem }
  | { readonly code: 'another_origin_than_before'; readonly origin: string }
  | { readonly code: 'shorter_than_before'; readonly size: number; readonly oldSize: number }
  | { readonly code: 'empty_log' }
  | { readonly code: 'bad_record'; readonly record: number; readonly reason: LineProblem | 'too_long' | 'cut' }
  | { readonly code: 'records_beyond_checkpoint'; readonly size: number }
  | { readonly code: 'records_missing'; readonly records: number; readonly size: number }
  | { readonly code: 'history_rewritten'; readonly oldSize: number }
  | { readonly code: 'root_differs' };

type Signed = {
  readonly publicKey: LogPublicKey;
  readonly rotations: readonly KeyRotation[];
  readonly now: Checkpoint;
  readonly old: Checkpoint | null;
};
type Counted = { readonly frontier: Frontier; readonly pruned: number };

/** Gives what was verified, or the first thing that is wrong. Throws only when the disk fails. */
export async function verifyExport(options: VerifyOptions): Promise<Result<VerifiedExport, ExportProblem>> {
  const signed = await checkSignatures(options);
  if (!signed.ok) return signed;
  const { publicKey, rotations, now, old } = signed.value;
  // Before the log is read: names that have nothing to do with each other are two logs.
  if (old !== null && old.origin !== now.origin && !isEarlierName(old.origin, now.origin))
    return err({ code: 'another_origin_than_before', origin: now.origin });
  const counted = await checkLog(join(options.folder, EXPORT_FILES.log), now, knownHeads(rotations, old));
  if (!counted.ok) return counted;
  if (old !== null && counted.value.pruned === 0 && !counted.value.names.has(old.origin))
    return err({ code: 'another_origin_than_before', origin: now.origin });
  return ok({
    verdict: options.keyFingerprint === undefined ? 'internally_consistent' : 'verified',
    origin: now.origin,
    records: now.size,
    pruned: counted.value.pruned,
    fingerprint: publicKey.fingerprint,
    continuesOld: old !== null,
    keyChanges: rotations.length,
  });
}

async function checkSignatures(options: VerifyOptions): Promise<Result<Signed, ExportProblem>> {
  const pem = await readText(options.folder, EXPORT_FILES.key);
  const note = await readText(options.folder, EXPORT_FILES.checkpoint);
  if (!pem.ok) return pem;
  if (!note.ok) return note;
  const publicKey = readPublicKey(pem.value);
  if (publicKey === null) return err({ code: 'not_a_public_key' });
  const now = openCheckpoint(note.value, publicKey);
  const chain = now.ok ? await readRotationsFile(options.folder, { ...now.value, key: publicKey }) : ok([]);
  if (!chain.ok) return err({ code: 'bad_rotation', ...chain.error });
  const wanted = options.keyFingerprint?.toLowerCase() ?? publicKey.fingerprint;
  if (!keysOf(chain.value, publicKey).some(({ fingerprint }) => fingerprint === wanted))
    return err({ code: 'another_key', fingerprint: publicKey.fingerprint });
  if (!now.ok) return err({ code: 'bad_checkpoint', which: 'new', reason: now.error });
  if (now.value.size === 0) return err({ code: 'empty_log' });
  const signed = { publicKey, rotations: chain.value, now: now.value };
  if (options.sinceCheckpoint === undefined) return ok({ ...signed, old: null });
  const old = openByAnyKey(options.sinceCheckpoint, chain.value, publicKey);
  if (!old.ok) return err({ code: 'bad_checkpoint', which: 'old', reason: old.error });
  const { checkpoint } = old.value;
  if (checkpoint.size > now.value.size)
    return err({ code: 'shorter_than_before', size: now.value.size, oldSize: checkpoint.size });
  return ok({ ...signed, old: checkpoint });
}

function knownHeads(rotations: readonly KeyRotation[], old: Checkpoint | null): readonly KnownHead<ExportProblem>[] {
  const heads = rotations.map(({ head }, rotation): KnownHead<ExportProblem> => ({
    head,
    else: { code: 'bad_rotation', rotation, reason: 'another_tree' },
  }));
  if (old !== null) heads.push({ head: old, else: { code: 'history_rewritten', oldSize: old.size } });
  return heads.toSorted((a, b) => a.head.size - b.head.size);
}

async function checkLog(
  path: string,
  now: Checkpoint,
  known: readonly KnownHead<ExportProblem>[],
): Promise<Result<Grown, ExportProblem>> {
  let tree: Grown = { frontier: EMPTY_FRONTIER, name: null, names: new Set(), pruned: 0 };
  try {
    for await (const batch of readLines(path)) {
      const { size } = tree.frontier;
      if (batch.kind !== 'lines') return err({ code: 'bad_record', record: size, reason: batch.kind });
      // Also looked at before the lines themselves: what is beyond the checkpoint nobody signed.
      const within = batch.lines.slice(0, now.size - size);
      const grown = grow(tree, within, now.origin, known);
      if (!grown.ok) return grown;
      if (within.length < batch.lines.length) return err({ code: 'records_beyond_checkpoint', size: now.size });
      tree = grown.value;
    }
  } catch (error) {
    if (isMissing(error)) return err({ code: 'unreadable_file', file: EXPORT_FILES.log });
    throw error;
  }
  const { size } = tree.frontier;
  if (size !== now.size) return err({ code: 'records_missing', records: size, size: now.size });
  if (!rootOf(tree.frontier).equals(now.root)) return err({ code: 'root_differs' });
  if (tree.name !== null && tree.name.origin !== now.origin)
    return err({ code: 'bad_record', record: size - 1, reason: 'wrong_origin' });
  return ok(tree);
}

/** `names`: those of all epochs so far. */
type Grown = Counted & { readonly name: RecordName | null; readonly names: ReadonlySet<string> };

function grow(
  tree: Grown,
  lines: readonly ExportLine[],
  origin: string,
  known: readonly KnownHead<ExportProblem>[],
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
    name = checked.value.name;
    if (name !== null) names.add(name.origin);
    if (checked.value.pruned) pruned += 1;
  }
  const frontier = growPast(tree.frontier, leaves, known);
  return frontier.ok ? ok({ frontier: frontier.value, name, names, pruned }) : frontier;
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
