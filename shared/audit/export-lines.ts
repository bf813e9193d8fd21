// Reads the lines of an export as bytes, in batches, without ever holding more than one batch.
import { createReadStream } from 'node:fs';
import { hash } from 'node:crypto';
import { MAX_RECORD_BYTES } from './record.ts';

const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
/** Over this length a line is no record, and waiting for its end would fill the memory. */
const MAX_LINE_BYTES = MAX_RECORD_BYTES;

export type ExportLine = {
  readonly text: string;
  /** RFC 6962 leaf hash of the line's bytes. */
  readonly leaf: Buffer;
};

export type LineBatch =
  | { readonly kind: 'lines'; readonly lines: readonly ExportLine[] }
  /** After the lines so far comes one that is over 8 KiB, or the file ends within a line. */
  | { readonly kind: 'too_long' }
  | { readonly kind: 'cut' };

export async function* readLines(path: string): AsyncGenerator<LineBatch> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    const { lines, rest: unfinished } = splitLines(rest, chunk);
    if (lines.some((line) => line === null)) {
      yield { kind: 'lines', lines: lines.slice(0, lines.indexOf(null)).filter((line) => line !== null) };
      yield { kind: 'too_long' };
      return;
    }
    yield { kind: 'lines', lines: lines.filter((line) => line !== null) };
    rest = unfinished;
    if (rest.length > MAX_LINE_BYTES) {
      yield { kind: 'too_long' };
      return;
    }
  }
  if (rest.length > 0) yield { kind: 'cut' };
}

function splitLines(rest: Buffer, chunk: Buffer): { lines: (ExportLine | null)[]; rest: Buffer } {
  // The byte before each line (a newline, or this one) becomes RFC 6962's leaf prefix: no line is copied to be hashed.
  const bytes = Buffer.concat([Buffer.of(0), rest, chunk]);
  const lines: (ExportLine | null)[] = [];
  let start = 1;
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    bytes[start - 1] = 0;
    lines.push(
      end - start > MAX_LINE_BYTES
        ? null
        : {
            text: bytes.toString('utf8', start, end),
            leaf: hash('sha256', bytes.subarray(start - 1, end), 'buffer'),
          },
    );
    start = end + 1;
  }
  return { lines, rest: Buffer.from(bytes.subarray(start)) };
}
