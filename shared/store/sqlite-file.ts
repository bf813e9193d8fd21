// The database file on disk: private to its owner, and looked at read-only before anything may write to it.
import { chmodSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError, toStoreError } from './store-error.ts';

/** Above this size only the schema is read at open: a full check of a large file would hold up the start. */
const QUICK_CHECK_MAX_BYTES = 64 * 1024 * 1024;
const OTHERS_MAY_WRITE = 0o022;
const OTHERS = 0o077;

export type DatabaseFile = { readonly path: string; readonly dispose: () => void };

/**
 * Gives the path of a file that only its owner can read (0600), in a folder that only its owner can change
 * (made with 0700 if missing). Refuses a folder that others may write to, and a file that is not a sound database.
 */
export function prepareFile(path: string): DatabaseFile {
  const absolute = resolve(path);
  privateFolder(absolute);
  if (existsSync(absolute)) {
    refuseUnsound(absolute);
    if ((statSync(absolute).mode & OTHERS) !== 0) chmodSync(absolute, 0o600);
  } else {
    closeSync(openSync(absolute, 'ax', 0o600));
  }
  return { path: absolute, dispose: () => {} };
}

/** Makes the folder of a file (0700) if it is missing; refuses one that others may write to. */
export function privateFolder(path: string): void {
  const folder = dirname(resolve(path));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32' && (statSync(folder).mode & OTHERS_MAY_WRITE) !== 0) {
    throw new StoreError('folder_not_private', `others may write to ${folder}: chmod 700 it, or choose another folder`);
  }
}

/**
 * A database that lives as long as its store, in a private temporary folder. A true `:memory:` database has one
 * connection only, and shared cache lets readers see what is not committed: both would break `read`.
 */
export function temporaryFile(): DatabaseFile {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-store-'));
  return { path: join(folder, 'store.db'), dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

function refuseUnsound(path: string): void {
  const { size } = statSync(path);
  if (size === 0) return;
  let problem: string | null;
  try {
    problem = findDamage(path, size);
  } catch (error) {
    const known = toStoreError(error);
    if (!(known instanceof StoreError) || known.code !== 'corrupt') throw known;
    problem = known.message;
  }
  if (problem !== null)
    throw new StoreError('corrupt', `${path} is damaged or no database, left untouched: ${problem}`);
}

function findDamage(path: string, sizeBytes: number): string | null {
  const connection = new DatabaseSync(path, { readOnly: true });
  try {
    connection.prepare('select count(*) from sqlite_schema').get();
    if (sizeBytes > QUICK_CHECK_MAX_BYTES) return null;
    const answer = Object.values(connection.prepare('pragma quick_check(1)').get() ?? {})[0];
    return answer === 'ok' ? null : String(answer);
  } finally {
    connection.close();
  }
}
