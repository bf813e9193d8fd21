// The earlier epochs of a desktop's log, each an export by itself in `earlier/N`: whether what follows them follows them.
// An epoch names, in its first record, the one before it by the thumbprint of its key and a head of its tree: so whoever
// trusts the last one needs no other key from outside.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { deviceOfOrigin } from '../domain/outbox-origin.ts';
import { err, ok, type Result } from '../domain/result.ts';
import { EXPORT_FILES } from './export.ts';
import { readLines } from './export-lines.ts';
import type { ExportProblem } from './export-problem.ts';
import { claimedLeaf, readPrunedLeaf } from './export-record.ts';
import { readPublicKey } from './log-key.ts';
import { appendLeaves, EMPTY_FRONTIER, rootOf } from './merkle.ts';
import { type VerifiedExport, verifyExport } from './verify-export.ts';

export const EARLIER_FOLDER = 'earlier';

/** How an epoch is shown to follow the one that it names. */
export type EpochLink =
  /** It names none: the log begins with it, or its first record is pruned, which an opening never is. */
  | { readonly kind: 'first' }
  /** The other one is here, and has the head that is named. */
  | { readonly kind: 'shown'; readonly part: string }
  /** The receiver had witnessed more of it than is here: the disk was put back. */
  | { readonly kind: 'longer_elsewhere'; readonly part: string; readonly witnessed: number }
  | { readonly kind: 'not_here'; readonly origin: string; readonly epoch: number };

export type ChainPart = {
  /** Folder below the export, `''` for the last epoch itself. */
  readonly part: string;
  readonly origin: string;
  /** Null: all of its records are pruned. */
  readonly epoch: number | null;
  readonly records: number;
  readonly pruned: number;
  readonly fingerprint: string;
  readonly link: EpochLink;
};

export type ChainProblem = { readonly part: string } & (
  | { readonly code: 'bad_part'; readonly problem: ExportProblem }
  /** Its name is not that of its key, it does not say what it follows, or it is there twice. */
  | { readonly code: 'not_an_epoch' }
  /** It is another log than the one that a later epoch says it follows. */
  | { readonly code: 'another_head' }
);

const recordSchema = z.object({
  metadata: z.object({ event_code: z.string() }),
  unmapped: z.object({ epoch: z.int(), data: z.unknown() }),
});
const openingSchema = z.object({
  previousOrigin: z.string(),
  previousEpoch: z.int(),
  witnessed: z.object({ size: z.int().nonnegative(), root: z.string() }),
});

type Opening = z.infer<typeof openingSchema>;
type Read = Omit<ChainPart, 'link'> & { readonly opening: Opening | null };

/**
 * Of an export that verified by itself: all epochs in order, the last one last. None of a ledger, which is one tree over
 * its epochs, and none of a part of a log.
 */
export async function verifyChain(
  folder: string,
  { origin: name, range }: Pick<VerifiedExport, 'origin' | 'range'>,
): Promise<Result<readonly ChainPart[], ChainProblem>> {
  if (deviceOfOrigin(name) === null || range !== null) return ok([]);
  const read: Read[] = [];
  for (const part of [...(await earlierParts(folder)), '']) {
    const one = await readPart(folder, part);
    if (!one.ok) return one;
    const { origin, epoch } = one.value;
    if (epoch !== null && read.some((other) => other.origin === origin && other.epoch === epoch))
      return err({ part, code: 'not_an_epoch' });
    read.push(one.value);
  }
  const parts: ChainPart[] = [];
  for (const [index, { opening, ...part }] of read.entries()) {
    const link = await linkOf(folder, read.slice(0, index), opening);
    if (!link.ok) return link;
    parts.push({ ...part, link: link.value });
  }
  return ok(parts);
}

/** In order of their numbers. */
async function earlierParts(folder: string): Promise<readonly string[]> {
  const names = await readdir(join(folder, EARLIER_FOLDER)).catch(() => []);
  return names
    .filter((name) => /^[1-9]\d{0,8}$/.test(name))
    .toSorted((a, b) => Number(a) - Number(b))
    .map((name) => `${EARLIER_FOLDER}/${name}`);
}

async function readPart(folder: string, part: string): Promise<Result<Read, ChainProblem>> {
  const place = join(folder, part);
  const verified = await verifyExport({ folder: place });
  if (!verified.ok) return err({ part, code: 'bad_part', problem: verified.error });
  const { origin, records, pruned, fingerprint } = verified.value;
  const key = readPublicKey(await readFile(join(place, EXPORT_FILES.key), 'utf8'));
  // A desktop's log is named after its key, so that a name is all that another log has to say of it.
  if (key === null || deviceOfOrigin(origin) !== key.thumbprint) return err({ part, code: 'not_an_epoch' });
  const { epoch, opening } = await readNames(place);
  return opening === 'unreadable'
    ? err({ part, code: 'not_an_epoch' })
    : ok({ part, origin, epoch, records, pruned, fingerprint, opening });
}

type Names = { readonly epoch: number | null; readonly opening: Opening | null | 'unreadable' };

/** What the first whole record says; only the very first can be an opening. */
async function readNames(folder: string): Promise<Names> {
  let isFirst = true;
  for await (const batch of readLines(join(folder, EXPORT_FILES.log))) {
    if (batch.kind !== 'lines') break;
    for (const { text } of batch.lines) {
      const record = readPrunedLeaf(text) === null ? recordSchema.safeParse(JSON.parse(text)) : null;
      if (record?.success === true) {
        const { metadata, unmapped } = record.data;
        if (!isFirst || metadata.event_code !== 'epoch.opened') return { epoch: unmapped.epoch, opening: null };
        const opening = openingSchema.safeParse(unmapped.data);
        return { epoch: unmapped.epoch, opening: opening.success ? opening.data : 'unreadable' };
      }
      isFirst = false;
    }
  }
  return { epoch: null, opening: null };
}

async function linkOf(
  folder: string,
  before: readonly Read[],
  opening: Opening | null,
): Promise<Result<EpochLink, ChainProblem>> {
  if (opening === null) return ok({ kind: 'first' });
  const { previousOrigin: origin, previousEpoch: epoch, witnessed } = opening;
  const ofKey = before.filter((one) => one.origin === origin);
  const named = ofKey.find((one) => one.epoch === epoch);
  if (named === undefined) {
    // One that is pruned whole does not say which it is; its tree does.
    for (const { part, records, epoch: own } of ofKey)
      if (
        own === null &&
        witnessed.size <= records &&
        (await rootAt(join(folder, part), witnessed.size)) === witnessed.root
      )
        return ok({ kind: 'shown', part });
    return ok({ kind: 'not_here', origin, epoch });
  }
  const { part, records } = named;
  if (witnessed.size > records) return ok({ kind: 'longer_elsewhere', part, witnessed: witnessed.size });
  const root = await rootAt(join(folder, part), witnessed.size);
  return root === witnessed.root ? ok({ kind: 'shown', part }) : err({ part, code: 'another_head' });
}

/** Of an export that verified: base64 root of its first `size` records. */
async function rootAt(folder: string, size: number): Promise<string> {
  let tree = EMPTY_FRONTIER;
  for await (const batch of readLines(join(folder, EXPORT_FILES.log))) {
    if (batch.kind !== 'lines' || tree.size >= size) break;
    tree = appendLeaves(tree, batch.lines.slice(0, size - tree.size).map(claimedLeaf));
  }
  return rootOf(tree).toString('base64');
}
