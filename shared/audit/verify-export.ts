// Verifies an export as an outsider does: with the key's fingerprint and the last known checkpoint from elsewhere.
// Trusts nothing in the folder; streams the log. `docs/verify-export.sh` does the same without this program.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../domain/result.ts';
import { checkLog } from './check-log.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { EXPORT_FILES } from './export.ts';
import type { ExportProblem } from './export-problem.ts';
import { type ExportRange, readRange } from './export-range.ts';
import { isEarlierName } from './export-record.ts';
import { keysOf, type KeyRotation, openByAnyKey, readRotationsFile } from './key-rotations.ts';
import { type KnownHead, watchHeads } from './known-heads.ts';
import { type LogPublicKey, readPublicKey } from './log-key.ts';
import type { RangeShown } from './range-times.ts';

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
  /** Of the whole signed log. */
  readonly records: number;
  /** Null: the export is of the whole log. */
  readonly range: RangeShown | null;
  /** How many of those that are there left only their leaf hash. */
  readonly pruned: number;
  readonly fingerprint: string;
  /** Whether it was shown to continue an earlier checkpoint. */
  readonly continuesOld: boolean;
  /** How many times the log's key was changed, each time signed by both. */
  readonly keyChanges: number;
};

type Signed = {
  readonly publicKey: LogPublicKey;
  readonly rotations: readonly KeyRotation[];
  readonly now: Checkpoint;
  readonly old: Checkpoint | null;
};

/** Gives what was verified, or the first thing that is wrong. Throws only when the disk fails. */
export async function verifyExport(options: VerifyOptions): Promise<Result<VerifiedExport, ExportProblem>> {
  const signed = await checkSignatures(options);
  if (!signed.ok) return signed;
  const { publicKey, rotations, now, old } = signed.value;
  // Before the log is read: names that have nothing to do with each other are two logs.
  if (old !== null && old.origin !== now.origin && !isEarlierName(old.origin, now.origin))
    return err({ code: 'another_origin_than_before', origin: now.origin });
  const range = await readRangeFile(options.folder, now);
  if (!range.ok) return range;
  const heads = watchHeads(knownHeads(rotations, old));
  const counted = await checkLog(options.folder, { now, heads, range: range.value });
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
    // Whoever exports a part of a log knows the changes of its key.
    unseen: { code: 'bad_range' },
  }));
  if (old === null) return heads;
  const oldSize = old.size;
  return [
    ...heads,
    { head: old, else: { code: 'history_rewritten', oldSize }, unseen: { code: 'old_not_covered', oldSize } },
  ];
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
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR'))
      return err({ code: 'unreadable_file', file });
    throw error;
  }
}
