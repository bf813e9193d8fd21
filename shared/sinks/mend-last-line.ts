// Takes away the beginning of a line that a crash left at the end of a file, so that the next line is one by itself.
import type { FileHandle } from 'node:fs/promises';

/** With what every record begins: its first key in the order of canonical JSON. */
const BEGINNING = Buffer.from('{"activity_id":');
const NEWLINE = 0x0a;
const PIECE = 64 * 1024;

/** Gives the size of the file after it; null: there is something else in it, and nothing was touched. */
export async function mendLastLine(handle: FileHandle): Promise<number | null> {
  const { size } = await handle.stat();
  if (size === 0) return 0;
  if (!(await beginsAsOurs(handle, 0, size))) return null;
  const wholeUpTo = await endOfLastLine(handle, size);
  if (wholeUpTo === size) return size;
  if (!(await beginsAsOurs(handle, wholeUpTo, size))) return null;
  await handle.truncate(wholeUpTo);
  return wholeUpTo;
}

async function beginsAsOurs(handle: FileHandle, from: number, size: number): Promise<boolean> {
  const length = Math.min(BEGINNING.length, size - from);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return bytesRead === length && buffer.equals(BEGINNING.subarray(0, length));
}

/** Where the last newline ends; 0: there is none. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(PIECE);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - PIECE);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
