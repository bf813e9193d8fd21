// How often a token's signature stands in the memory of a process, as one-byte and as two-byte text. Reads what the
// system lets a debugger of the same person read.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

export type Found = { readonly oneByte: number; readonly twoByte: number };

const CHUNK = 4 * 1024 * 1024;

/** Counts a text in all memory that the process can write. Rejects nothing: what cannot be read is skipped. */
export function countInMemory(pid: number, text: string): Found {
  const oneByte = Buffer.from(text, 'latin1');
  const twoByte = Buffer.from(text, 'utf16le');
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const found = { oneByte: 0, twoByte: 0 };
  try {
    const buffer = Buffer.alloc(CHUNK + twoByte.length);
    for (const [from, to] of writable(pid)) {
      for (let at = from; at < to; at += CHUNK) {
        const read = readAt(memory, buffer, at, Math.min(CHUNK + twoByte.length - 1, to - at));
        found.oneByte += count(buffer.subarray(0, read), oneByte, CHUNK);
        found.twoByte += count(buffer.subarray(0, read), twoByte, CHUNK);
      }
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

function writable(pid: number): readonly (readonly [from: number, to: number])[] {
  return readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      return from === undefined || to === undefined
        ? []
        : [[Number.parseInt(from, 16), Number.parseInt(to, 16)] as const];
    });
}

function readAt(file: number, buffer: Buffer, at: number, length: number): number {
  try {
    return readSync(file, buffer, 0, length, at);
  } catch {
    // Reserved and never touched, or unmapped meanwhile.
    return 0;
  }
}

/** Those that begin in the first `within` bytes: what lies over the end is the next chunk's. */
function count(bytes: Buffer, text: Buffer, within: number): number {
  let times = 0;
  for (let at = bytes.indexOf(text); at >= 0 && at < within; at = bytes.indexOf(text, at + 1)) times += 1;
  return times;
}
