// Says of an export that was refused which record is the first bad one, and what became of it. The leaf hashes beside the
// log are believed only when they make the signed root. Decides nothing: what was refused stays refused.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, readUnverified } from './checkpoint.ts';
import { EXPORT_FILES } from './export.ts';
import type { ExportProblem } from './export-problem.ts';
import { readLines } from './export-lines.ts';
import { type ExportRange, growOver, readRange } from './export-range.ts';
import { claimedLeaf } from './export-record.ts';
import { appendLeaves, EMPTY_FRONTIER, type Frontier, HASH_BYTES, rootOf } from './merkle.ts';

/** `record`: the first place, counted as sequence numbers are, where the log is not the signed one. */
export type Diagnosis =
  | { readonly kind: 'changed'; readonly record: number }
  /** So many records from this one on are gone, and the log goes on behind them. */
  | { readonly kind: 'removed'; readonly record: number; readonly records: number }
  /** In its place stand so many lines that were never in the log. */
  | { readonly kind: 'inserted'; readonly record: number; readonly lines: number }
  /** In its place stands record `of`, and it comes later itself. */
  | { readonly kind: 'moved'; readonly record: number; readonly of: number }
  /** In its place stands record `of`, which is in its own place too. */
  | { readonly kind: 'doubled'; readonly record: number; readonly of: number }
  /** From this one on everything is gone. */
  | { readonly kind: 'cut'; readonly record: number; readonly records: number }
  /** Lines follow that were never in the log. */
  | { readonly kind: 'lengthened'; readonly record: number }
  /** Every line is what was signed: whoever held the key wrote what is wrong. */
  | { readonly kind: 'signed_so' };

/** So many lines behind the last record are looked at: a copy or a moved record may be among them. */
const MOST_LINES_MORE = 65_536;
const DIAGNOSED = new Set<ExportProblem['code']>([
  'bad_record',
  'records_beyond_checkpoint',
  'records_missing',
  'root_differs',
]);

/**
 * For a problem that `verifyExport` found in this folder: its signatures held. Null when the problem is not one of
 * records, or the export has no leaf hashes that can be believed.
 */
export async function diagnoseExport(folder: string, problem: ExportProblem): Promise<Diagnosis | null> {
  if (!DIAGNOSED.has(problem.code)) return null;
  const now = readUnverified(await text(folder, EXPORT_FILES.checkpoint));
  if (now === null) return null;
  const range = readRange(await text(folder, EXPORT_FILES.range), now.size);
  const signed = await signedLeaves(folder, now, range.ok ? range.value : null);
  if (signed === null) return null;
  return compare(signed, await linesOf(folder, signed.hashes.length / HASH_BYTES + MOST_LINES_MORE));
}

type Signed = { readonly first: number; readonly hashes: Buffer };

async function signedLeaves(folder: string, now: Checkpoint, range: ExportRange | null): Promise<Signed | null> {
  const { first, count } = range ?? { first: 0, count: now.size };
  const hashes = await readFile(join(folder, EXPORT_FILES.leaves)).catch(() => null);
  if (hashes?.length !== count * HASH_BYTES) return null;
  let tree = last(growOver(EMPTY_FRONTIER, range?.before ?? [])) ?? EMPTY_FRONTIER;
  const leaves = Array.from({ length: count }, (_, index) => hashAt(hashes, index));
  tree = appendLeaves(tree, leaves);
  tree = last(growOver(tree, range?.after ?? [])) ?? tree;
  return rootOf(tree).equals(now.root) ? { first, hashes } : null;
}

function last(trees: Iterable<Frontier>): Frontier | null {
  let newest: Frontier | null = null;
  for (const tree of trees) newest = tree;
  return newest;
}

type Lines = { readonly hashes: Buffer; readonly end: 'whole' | 'too_long' | 'cut' };

async function linesOf(folder: string, most: number): Promise<Lines> {
  const hashes: Buffer[] = [];
  for await (const batch of readLines(join(folder, EXPORT_FILES.log))) {
    if (batch.kind !== 'lines') return { hashes: Buffer.concat(hashes), end: batch.kind };
    for (const line of batch.lines) hashes.push(claimedLeaf(line));
    if (hashes.length > most) break;
  }
  return { hashes: Buffer.concat(hashes), end: 'whole' };
}

function compare({ first, hashes: signed }: Signed, { hashes: lines, end }: Lines): Diagnosis {
  const [count, found] = [signed.length / HASH_BYTES, lines.length / HASH_BYTES];
  let at = 0;
  while (at < count && at < found && hashAt(signed, at).equals(hashAt(lines, at))) at += 1;
  const record = first + at;
  if (at < count && at < found) return whatBecameOf(at, first, { signed, lines });
  if (at < found || (at === count && end !== 'whole')) return { kind: 'lengthened', record };
  if (at === count) return { kind: 'signed_so' };
  // A line that is too long stands where the next record should.
  return end === 'too_long' ? { kind: 'changed', record } : { kind: 'cut', record, records: count - at };
}

type Compared = { readonly signed: Buffer; readonly lines: Buffer };

/** `at`: the first line that is not the one that was signed. */
function whatBecameOf(at: number, first: number, { signed, lines }: Compared): Diagnosis {
  const record = first + at;
  const wanted = find(lines, hashAt(signed, at), at + 1);
  const standing = hashAt(lines, at);
  const own = find(signed, standing, 0);
  if (own === null)
    return wanted === null ? { kind: 'changed', record } : { kind: 'inserted', record, lines: wanted - at };
  const of = first + own;
  // All before it are in their places, so a copy of one of those is a second one.
  if (own < at || find(lines, standing, at + 1) !== null) return { kind: 'doubled', record, of };
  return wanted === null ? { kind: 'removed', record, records: own - at } : { kind: 'moved', record, of };
}

function hashAt(hashes: Buffer, index: number): Buffer {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** Where a hash stands, from the `from`-th on; null: nowhere. */
function find(hashes: Buffer, hash: Buffer, from: number): number | null {
  for (let at = hashes.indexOf(hash, from * HASH_BYTES); at >= 0; at = hashes.indexOf(hash, at + 1))
    if (at % HASH_BYTES === 0) return at / HASH_BYTES;
  return null;
}

/** Empty for a file that is not there: what is not a checkpoint or a range then is none. */
async function text(folder: string, file: string): Promise<string> {
  return await readFile(join(folder, file), 'utf8').catch(() => '');
}
