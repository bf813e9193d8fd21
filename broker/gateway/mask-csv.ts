// Replaces the personal columns of a CSV stream. Fails closed: what it cannot read for certain, it does not pass on.
import { CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { pipeline } from 'node:stream/promises';
import { CannotMaskError, decodeUtf8, MASK, type PersonalNames } from './masking.ts';

/** Rows that are written at once when they are there at once. */
const BATCH_ROWS = 512;

/** The indexes of the personal columns. One that is missing may stand there under a name that nobody listed. */
function personalIndexes(header: readonly string[], personal: PersonalNames): ReadonlySet<number> {
  const indexes = new Set<number>();
  for (const [index, name] of header.entries()) if (personal.has(name)) indexes.add(index);
  if (indexes.size === 0 || !personal.allIn(header))
    throw new CannotMaskError('not all personal columns in the header');
  return indexes;
}

function write(rows: readonly (readonly string[])[]): Buffer {
  return Buffer.from(stringify(rows as string[][]));
}

/**
 * Masks RFC 4180 CSV in UTF-8 with a header line that has every personal column. Refuses other encodings, delimiters, rows of another length,
 * broken quoting, and records of more than `maxRecordBytes`. Gives LF-ended CSV.
 */
export async function* maskCsv(
  source: AsyncIterable<Uint8Array>,
  personal: PersonalNames,
  maxRecordBytes: number,
): AsyncGenerator<Uint8Array> {
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    max_record_size: maxRecordBytes,
  });
  const feeding = pipeline(decodeUtf8(source), parser);
  // The same failure also ends the loop below; here it only must not count as unhandled.
  feeding.catch(() => undefined);
  let masked: ReadonlySet<number> | null = null;
  let rows: string[][] = [];
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      if (masked === null) {
        masked = personalIndexes(record, personal);
        rows.push(record);
      } else {
        const columns = masked;
        rows.push(record.map((value, index) => (columns.has(index) ? MASK : value)));
      }
      if (rows.length < BATCH_ROWS && parser.readableLength > 0) continue;
      yield write(rows);
      rows = [];
    }
    await feeding;
  } catch (error) {
    throw error instanceof CsvError ? new CannotMaskError('not readable as CSV') : error;
  }
  if (masked === null) throw new CannotMaskError('no header');
  if (rows.length > 0) yield write(rows);
}
