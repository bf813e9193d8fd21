// Opens one file or folder beneath a root, following no symbolic link in any component, and judges what was opened by
// its descriptor, never by its name. Must never open a device, a FIFO, or anything outside of the root.
import { randomInt } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { lstat, open, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { isServableName } from './file-names.ts';

/** `unreadable` is never `absent`: a disk that fails does not mean that nothing is there. */
export type OpenRefusal = 'absent' | 'unreadable';
export type Opened = {
  readonly handle: FileHandle;
  /** A path that leads to the open descriptor itself where the platform has one; else the checked path. */
  readonly path: string;
  readonly size: number;
  readonly mtimeNs: bigint;
};
export type Wanted = 'file' | 'folder';

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL', 'ENXIO', 'EISDIR', 'EMLINK']);
/** Of Windows' missing flags only the value 0 is left: there the checks after the open carry the weight. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const FILE_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const FOLDER_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_DIRECTORY ?? 0);

class RootUnreadableError extends Error {
  override readonly name = 'RootUnreadableError';
}

/** A root that is not there is a fault of the configuration or a disk that is not mounted: not an empty folder. */
async function orUnreadable<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw new RootUnreadableError('the root cannot be opened', { cause: error });
  }
}

function refusal(error: unknown): OpenRefusal {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ABSENT.has(code) ? 'absent' : 'unreadable';
}

/** What the descriptor says: the wanted kind, and a file that has no other name somewhere else. */
async function judge(handle: FileHandle, path: string, wanted: Wanted): Promise<Result<Opened, OpenRefusal>> {
  const found = await handle.stat({ bigint: true });
  const fits = wanted === 'file' ? found.isFile() && found.nlink === 1n : found.isDirectory();
  if (fits) return ok({ handle, path, size: Number(found.size), mtimeNs: found.mtimeNs });
  await handle.close();
  return err('absent');
}

/** Linux: each component is opened relative to its parent's descriptor, so that no swap can lead elsewhere. */
async function openByDescriptors(
  root: string,
  names: readonly string[],
  wanted: Wanted,
): Promise<Result<Opened, OpenRefusal>> {
  let parent = await orUnreadable(open(root, constants.O_RDONLY | constants.O_DIRECTORY));
  try {
    for (const [index, name] of names.entries()) {
      const last = index === names.length - 1;
      const flags = last && wanted === 'file' ? FILE_FLAGS : FOLDER_FLAGS;
      const child = await open(`/proc/self/fd/${parent.fd}/${name}`, flags);
      await parent.close();
      parent = child;
    }
  } catch (error) {
    await parent.close();
    throw error;
  }
  return judge(parent, `/proc/self/fd/${parent.fd}`, wanted);
}

async function isPlain(path: string, folder: boolean): Promise<boolean> {
  const found = await lstat(path);
  return !found.isSymbolicLink() && (folder ? found.isDirectory() : found.isFile());
}

/** macOS refuses a link in any component by itself (open(2), macOS 11); Node has no name for the flag. */
const NO_FOLLOW_ANY = process.platform === 'darwin' ? 0x20000000 : NO_FOLLOW;

/**
 * Elsewhere: every component is checked, the file is opened, and then the same file must still be what the real path
 * names. Comparing real paths also refuses other spellings (case, short names) of a file.
 */
async function openAndCompare(
  root: string,
  names: readonly string[],
  wanted: Wanted,
): Promise<Result<Opened, OpenRefusal>> {
  const realRoot = await orUnreadable(realpath(root));
  const path = join(realRoot, ...names);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const folder = depth < names.length || wanted === 'folder';
    if (!(await isPlain(join(realRoot, ...names.slice(0, depth)), folder))) return err('absent');
  }
  const flags = (wanted === 'file' ? FILE_FLAGS : FOLDER_FLAGS) & ~NO_FOLLOW;
  const handle = await open(path, flags | NO_FOLLOW_ANY);
  try {
    if (await isWhatPathNames(handle, path)) return await judge(handle, path, wanted);
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return err('absent');
}

const CHECKS = 24;

/**
 * A file from elsewhere is what the path names only while a component is swapped, and the path is real only while it
 * is not. Each check asks one of the two, by chance: who swaps cannot know which, and is caught by every second one.
 */
async function isWhatPathNames(handle: FileHandle, path: string): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  for (let check = 0; check < CHECKS; check += 1) {
    if (randomInt(2) === 0) {
      if ((await realpath(path)) !== path) return false;
    } else {
      const named = await lstat(path, { bigint: true });
      if (opened.ino !== named.ino || opened.dev !== named.dev) return false;
    }
  }
  return true;
}

export type OpenMethod = (
  root: string,
  names: readonly string[],
  wanted: Wanted,
) => Promise<Result<Opened, OpenRefusal>>;

export const openMethods: Readonly<Record<'byDescriptors' | 'andCompare', OpenMethod>> = {
  byDescriptors: openByDescriptors,
  andCompare: openAndCompare,
};

const hasDescriptorPaths = process.platform === 'linux' && existsSync('/proc/self/fd');

/**
 * Opens `names` beneath the absolute folder `root`, which may itself be reached by links: it is configuration.
 * The caller closes the handle. No names at all: the root folder itself.
 */
export async function openBeneath(
  root: string,
  names: readonly string[],
  wanted: Wanted,
  method: OpenMethod = hasDescriptorPaths ? openByDescriptors : openAndCompare,
): Promise<Result<Opened, OpenRefusal>> {
  if (!names.every(isServableName) || (wanted === 'file' && names.length === 0)) return err('absent');
  try {
    return await method(root, names, wanted);
  } catch (error) {
    return err(refusal(error));
  }
}
