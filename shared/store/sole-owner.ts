// One process at a time on one database. The operating system lets go of the lock when its holder dies, however it dies.
import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError, toStoreError } from './store-error.ts';

/** Takes the lock beside a database file; gives the way to let go. Refuses with a StoreError `in_use`. */
export function becomeSoleOwner(databasePath: string): () => void {
  const path = `${databasePath}.lock`;
  closeSync(openSync(path, 'a', 0o600));
  const lock = new DatabaseSync(path, { timeout: 0 });
  try {
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    const known = toStoreError(error);
    if (!(known instanceof StoreError) || known.code !== 'busy') throw known;
    throw new StoreError('in_use', `another process uses ${databasePath}: stop it first`);
  }
  return () => lock.close();
}
