// Checks one line of an export against its place: a whole record must say where it stands; a pruned one leaves its leaf.
import { err, ok, type Result } from '../domain/result.ts';
import { strictBase64 } from './checkpoint.ts';
import type { ExportLine } from './export-lines.ts';
import { HASH_BYTES } from './merkle.ts';

export type LineProblem = 'not_a_record' | 'wrong_sequence' | 'wrong_origin' | 'wrong_epoch' | 'bad_pruned_leaf';

/** What every record of one log says alike. `epoch` is null until the first whole record. */
export type LogPlace = { readonly origin: string; readonly sequence: number; readonly epoch: number | null };

export type CheckedLine = { readonly leaf: Buffer; readonly epoch: number | null; readonly pruned: boolean };

const PRUNED_START = '{"leaf":';

export function checkLine(line: ExportLine, place: LogPlace): Result<CheckedLine, LineProblem> {
  const record = parseObject(line.text);
  if (record === null) return err('not_a_record');
  if (line.text.startsWith(PRUNED_START)) {
    const leaf = prunedLeaf(record);
    return leaf === null ? err('bad_pruned_leaf') : ok({ leaf, epoch: place.epoch, pruned: true });
  }
  const metadata = asObject(record['metadata']);
  const own = asObject(record['unmapped']);
  if (metadata === null || own === null) return err('not_a_record');
  if (metadata['sequence'] !== place.sequence) return err('wrong_sequence');
  if (metadata['log_name'] !== place.origin || own['origin'] !== place.origin) return err('wrong_origin');
  const epoch = own['epoch'];
  if (typeof epoch !== 'number' || !Number.isSafeInteger(epoch) || epoch !== (place.epoch ?? epoch))
    return err('wrong_epoch');
  return ok({ leaf: line.leaf, epoch, pruned: false });
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
