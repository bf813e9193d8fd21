// Writes whole lines at the end of a file, durable, or nothing: what did not fit is taken back.
import type { FileHandle } from 'node:fs/promises';

/** The handle appends. Throws what the disk says. */
export async function appendLines(
  handle: Pick<FileHandle, 'stat' | 'write' | 'sync' | 'truncate'>,
  lines: Buffer,
): Promise<void> {
  const { size } = await handle.stat();
  try {
    for (let at = 0; at < lines.length;) at += (await handle.write(lines, at)).bytesWritten;
    await handle.sync();
  } catch (error) {
    // Gives the room back, too. If this fails, the next attempt mends what is torn.
    await handle.truncate(size).catch(() => undefined);
    throw error;
  }
}
