// The chain of a log's keys: at each change one checkpoint that the old and the next key both signed. Whoever knows an
// earlier key learns the present one by it, and from nobody's word.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../domain/result.ts';
import { type Checkpoint, type CheckpointProblem, openCheckpoint, readUnverified } from './checkpoint.ts';
import { EXPORT_FILES } from './export.ts';
import { isEarlierName } from './export-record.ts';
import { type LogPublicKey, readPublicKey } from './log-key.ts';

/** As exports and the API carry it. `key`: the old key, PEM. */
export type RotationLine = { readonly checkpoint: string; readonly key: string };

/** Up to `head` the old key signed; from there on the next one does, and the old one nothing any more. */
export type KeyRotation = { readonly from: LogPublicKey; readonly to: LogPublicKey; readonly head: Checkpoint };

export type RotationFault =
  | 'not_a_rotation'
  | 'not_a_public_key'
  | 'not_signed_by_the_old_key'
  | 'not_signed_by_the_next_key'
  | 'another_origin'
  | 'out_of_order'
  | 'key_used_before'
  /** The log's own tree is another one at that size. */
  | 'another_tree';

/** `rotation` counts from 0. */
export type RotationProblem = { readonly rotation: number; readonly reason: RotationFault };

export const MOST_ROTATIONS = 1000;

/** The log as it stands: under which name, how large, and the key that signs it now. */
export type RotatedLog = Pick<Checkpoint, 'origin' | 'size'> & { readonly key: LogPublicKey };

/**
 * Reads a chain, the oldest first, that ends with the key of the log. Checks signatures, order and names. Whether the
 * log's own tree has these heads is for who can read the tree.
 */
export function readRotations(
  lines: readonly RotationLine[],
  log: RotatedLog,
): Result<readonly KeyRotation[], RotationProblem> {
  if (lines.length > MOST_ROTATIONS) return err({ rotation: MOST_ROTATIONS, reason: 'not_a_rotation' });
  const keys = [...lines.map(({ key }) => readPublicKey(key)), log.key];
  const rotations: KeyRotation[] = [];
  const used = new Set<string>();
  for (const [rotation, { checkpoint }] of lines.entries()) {
    const [from, to] = [keys[rotation] ?? null, keys[rotation + 1] ?? null];
    if (from === null || to === null)
      return err({ rotation: from === null ? rotation : rotation + 1, reason: 'not_a_public_key' });
    used.add(from.fingerprint);
    if (used.has(to.fingerprint)) return err({ rotation, reason: 'key_used_before' });
    const read = readOne(checkpoint, from, to);
    if (!read.ok) return err({ rotation, reason: read.error });
    const fault = placeFault(read.value, rotations.at(-1)?.head ?? null, log);
    if (fault !== null) return err({ rotation, reason: fault });
    rotations.push({ from, to, head: read.value });
  }
  return ok(rotations);
}

function readOne(note: string, from: LogPublicKey, to: LogPublicKey): Result<Checkpoint, RotationFault> {
  const byOld = openCheckpoint(note, from);
  if (!byOld.ok) return err(isUnreadable(byOld.error) ? 'not_a_rotation' : 'not_signed_by_the_old_key');
  return openCheckpoint(note, to).ok ? ok(byOld.value) : err('not_signed_by_the_next_key');
}

function isUnreadable(problem: string): boolean {
  return problem === 'not_a_signed_note' || problem === 'not_a_checkpoint';
}

function placeFault(head: Checkpoint, before: Checkpoint | null, log: RotatedLog): RotationFault | null {
  const follows = (name: string, later: string): boolean => name === later || isEarlierName(name, later);
  if (!follows(head.origin, log.origin)) return 'another_origin';
  if (before !== null && !follows(before.origin, head.origin)) return 'another_origin';
  // Each change is a record of its own, so two of them never stand at one size.
  return head.size <= (before?.size ?? 0) || head.size > log.size ? 'out_of_order' : null;
}

/** All keys that the log ever had, the oldest first. */
export function keysOf(rotations: readonly KeyRotation[], now: LogPublicKey): readonly LogPublicKey[] {
  return [...rotations.map(({ from }) => from), now];
}

/**
 * Opens a checkpoint by whichever key of the log signed it, the newest first. A key that was retired before the log had
 * that size signed nothing that counts.
 */
export function openByAnyKey(
  note: string,
  rotations: readonly KeyRotation[],
  now: LogPublicKey,
): Result<{ readonly checkpoint: Checkpoint; readonly key: LogPublicKey }, CheckpointProblem> {
  const ends = [...rotations.map(({ from, head }) => ({ key: from, head })), { key: now, head: null }];
  for (const { key, head } of ends.toReversed()) {
    const opened = openCheckpoint(note, key);
    if (opened.ok && (head === null || opened.value.size <= head.size)) return ok({ checkpoint: opened.value, key });
    if (!opened.ok && opened.error !== 'no_signature_of_this_key') return opened;
  }
  return err('no_signature_of_this_key');
}

/** One line of an export's `rotations` file, without its line break. */
export function rotationLine({ checkpoint, key }: RotationLine): string {
  return JSON.stringify({ checkpoint, key });
}

/** Reads and checks the `rotations` file of an export; without one the key was never changed. */
export async function readRotationsFile(
  folder: string,
  log: RotatedLog,
): Promise<Result<readonly KeyRotation[], RotationProblem>> {
  const lines = parseRotationLines(await readRotationsText(folder));
  return lines.ok ? readRotations(lines.value, log) : err({ rotation: lines.error, reason: 'not_a_rotation' });
}

async function readRotationsText(folder: string): Promise<string> {
  return await readFile(join(folder, EXPORT_FILES.rotations), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
}

/** Where the key of a log was changed, as sizes of its tree: what an export of a part must let one recompute. */
export function rotationSizes(lines: readonly RotationLine[]): readonly number[] {
  return lines.flatMap(({ checkpoint }) => readUnverified(checkpoint)?.size ?? []);
}

/** The lines of an export's `rotations` file, unchecked; none where it has none. Null when one is no such line. */
export async function readRotationLines(folder: string): Promise<readonly RotationLine[] | null> {
  const lines = parseRotationLines(await readRotationsText(folder));
  return lines.ok ? lines.value : null;
}

/** Gives the number of the line that is none. */
function parseRotationLines(text: string): Result<readonly RotationLine[], number> {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const read: RotationLine[] = [];
  for (const [index, line] of lines.entries()) {
    const parsed = parseLine(line);
    if (parsed === null) return err(index);
    read.push(parsed);
  }
  return ok(read);
}

function parseLine(line: string): RotationLine | null {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return null;
    if (!('checkpoint' in value && 'key' in value)) return null;
    const { checkpoint, key } = value;
    return typeof checkpoint === 'string' && typeof key === 'string' ? { checkpoint, key } : null;
  } catch {
    return null;
  }
}
