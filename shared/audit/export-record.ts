// Checks one line of an export against its place: a whole record must say where it stands; a pruned one leaves its leaf.
import { err, ok, type Result } from '../domain/result.ts';
import { strictBase64 } from './checkpoint.ts';
import type { ExportLine } from './export-lines.ts';
import { HASH_BYTES } from './merkle.ts';
import { type PrunedTold, readPrunedTold } from './pruned-told.ts';

export type LineProblem = 'not_a_record' | 'wrong_sequence' | 'wrong_origin' | 'wrong_epoch' | 'bad_pruned_leaf';

/** Under which name and epoch a record was written. */
export type RecordName = { readonly origin: string; readonly epoch: number };

/** Where a record should stand. `name`: of the record before, null until the first whole one. */
export type LogPlace = {
  /** The name that the checkpoint signs. */
  readonly origin: string;
  readonly sequence: number;
  readonly name: RecordName | null;
};

export type CheckedLine = {
  readonly leaf: Buffer;
  readonly name: RecordName | null;
  readonly pruned: boolean;
  /** Epoch ms; null: pruned. */
  readonly timeMs: number | null;
  /** Base64 of the root of all records before this one, where it begins a new epoch. */
  readonly keptRoot: string | null;
  /** What it says of pruned records; null: nothing. */
  readonly told: PrunedTold | null;
};

const PRUNED_START = '{"leaf":';

export function checkLine(line: ExportLine, place: LogPlace): Result<CheckedLine, LineProblem> {
  const record = parseObject(line.text);
  if (record === null) return err('not_a_record');
  if (line.text.startsWith(PRUNED_START)) {
    const leaf = prunedLeaf(record);
    return leaf === null
      ? err('bad_pruned_leaf')
      : ok({ leaf, name: place.name, pruned: true, timeMs: null, keptRoot: null, told: null });
  }
  const metadata = asObject(record['metadata']);
  const own = asObject(record['unmapped']);
  if (metadata === null || own === null) return err('not_a_record');
  if (metadata['sequence'] !== place.sequence) return err('wrong_sequence');
  const { origin, epoch } = own;
  if (typeof origin !== 'string' || metadata['log_name'] !== origin) return err('wrong_origin');
  if (origin !== place.origin && !isEarlierName(origin, place.origin)) return err('wrong_origin');
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch)) return err('wrong_epoch');
  const { time: timeMs } = record;
  if (typeof timeMs !== 'number' || !Number.isSafeInteger(timeMs)) return err('not_a_record');
  const name = { origin, epoch };
  const told = readPrunedTold(metadata['event_code'], asObject(own['data']));
  const known = place.name;
  if (known === null || (known.origin === origin && known.epoch === epoch))
    return ok({ leaf: line.leaf, name, pruned: false, timeMs, keptRoot: null, told });
  const keptRoot = metadata['event_code'] === OPENING ? rootBefore(asObject(own['data']), known, name, place) : null;
  if (keptRoot !== null) return ok({ leaf: line.leaf, name, pruned: false, timeMs, keptRoot, told });
  return err(known.origin === origin ? 'wrong_epoch' : 'wrong_origin');
}

/** The leaf hash that stands in the place of a pruned record; null: it is none, or not a proper one. */
export function readPrunedLeaf(text: string): Buffer | null {
  const record = text.startsWith(PRUNED_START) ? parseObject(text) : null;
  return record === null ? null : prunedLeaf(record);
}

/** The hash that a line claims in the tree, whatever else is wrong with it. */
export function claimedLeaf(line: ExportLine): Buffer {
  return readPrunedLeaf(line.text) ?? line.leaf;
}

/** Epoch ms of the record that a line is; null: it is pruned, or no record. */
export function recordTime(line: ExportLine): number | null {
  const time = parseObject(line.text)?.['time'];
  return typeof time === 'number' && Number.isSafeInteger(time) ? time : null;
}

const OPENING = 'ledger.epoch_opened';
const LATER_NAME = /^(.+)\/([1-9]\d{0,8})\.[A-Za-z0-9_-]{8}$/;

/** After a restore a ledger goes on under its first name with the epoch behind it. */
export function isEarlierName(name: string, last: string): boolean {
  const [, first, lastEpoch] = LATER_NAME.exec(last) ?? [];
  if (first === undefined) return false;
  if (name === first) return true;
  const [, sameFirst, epoch] = LATER_NAME.exec(name) ?? [];
  return sameFirst === first && Number(epoch) < Number(lastEpoch);
}

/** What a record that begins an epoch says of the tree before it; null when it does not follow that tree. */
function rootBefore(
  data: Readonly<Record<string, unknown>> | null,
  before: RecordName,
  now: RecordName,
  { sequence }: LogPlace,
): string | null {
  const kept = asObject(data?.['kept']);
  const follows = data?.['previousOrigin'] === before.origin && data['previousEpoch'] === before.epoch;
  if (!follows || now.epoch <= before.epoch || now.origin === before.origin || kept?.['size'] !== sequence) return null;
  const root = kept['root'];
  return typeof root === 'string' ? root : null;
}

/** A pruned line is `{"leaf":"<base64 of the leaf hash>"}` and nothing else. */
function prunedLeaf(record: Readonly<Record<string, unknown>>): Buffer | null {
  const encoded = record['leaf'];
  if (Object.keys(record).length !== 1 || typeof encoded !== 'string') return null;
  const leaf = strictBase64(encoded);
  return leaf?.length === HASH_BYTES ? leaf : null;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return value as Readonly<Record<string, unknown>>;
}
