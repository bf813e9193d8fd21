// A sink that is a local file: one record a line, only whole lines, durable before it says so. A file that is full is put
// aside. Follows no symbolic link, and never touches a file that is not its own.
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { appendLines } from './append-lines.ts';
import { mendLastLine } from './mend-last-line.ts';
import { putAside } from './put-aside.ts';
import { syncFolder } from './sync-folder.ts';
import { ACCEPTED, failed, type Batch, type Failure, type Outcome, type Target } from './target.ts';

export type FileSinkOptions = { readonly path: string; readonly maxBytes: number; readonly keep: number };

const MOST_BYTES = 256 * 1024;
/** Of Windows' missing flags only the value 0 is left. */
const APPEND = constants.O_RDWR | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What is wrong with the place itself; the message is for nobody. */
class NotOursError extends Error {
  override readonly name = 'NotOursError';
}

export function fileTarget(options: FileSinkOptions): Target {
  // A test comes past the queue, and must not land within a line.
  let last: Promise<unknown> = Promise.resolve();
  return {
    most: { records: 512, bytes: Math.min(MOST_BYTES, options.maxBytes) },
    send(batch, signal) {
      const mine = last.then(async () => await write(options, batch, signal));
      last = mine;
      return mine;
    },
    close: async () => void (await last),
  };
}

/** What was written is whole lines or nothing: what did not fit is taken back. */
async function write(options: FileSinkOptions, batch: Batch, signal: AbortSignal): Promise<Outcome> {
  if (signal.aborted) return failed('unreachable');
  const lines = Buffer.from(batch.records.map(({ canonical }) => `${canonical}\n`).join(''));
  let handle: FileHandle | null = null;
  try {
    await checkFolder(options.path, batch.isFirst);
    handle = await openOwn(options.path);
    const size = await mendLastLine(handle);
    if (size === null) throw new NotOursError('there is another file');
    if (size > 0 && size + lines.length > options.maxBytes) {
      await handle.close();
      handle = null;
      await putAside(options);
      handle = await openOwn(options.path);
    }
    await appendLines(handle, lines);
    return ACCEPTED;
  } catch (error) {
    return failureOf(error);
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** The folder of a file that was never written to is made; one that was there and is gone is somebody's to look at. */
async function checkFolder(path: string, mayMake: boolean): Promise<void> {
  if (!isAbsolute(path)) throw new NotOursError('not an absolute path');
  const folder = dirname(path);
  if (mayMake) await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await realpath(folder)) !== folder) throw new NotOursError('a link on the way');
}

async function openOwn(path: string): Promise<FileHandle> {
  const handle = await openOrMake(path);
  try {
    const opened = await handle.stat({ bigint: true });
    const named = await lstat(path, { bigint: true });
    // Also what Windows has no flag for, and what was swapped meanwhile.
    const isIt = opened.isFile() && opened.nlink === 1n && named.dev === opened.dev && named.ino === opened.ino;
    if (!isIt || named.isSymbolicLink()) throw new NotOursError('not a plain file');
    return handle;
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    return await open(path, APPEND);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const handle = await open(path, APPEND | constants.O_CREAT | constants.O_EXCL, 0o600);
  await syncFolder(dirname(path));
  return handle;
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

function failureOf(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return failed(FULL.has(code) ? 'disk_full' : 'not_writable', true);
}
