// Writes a SQLite file anew, so that free pages, gaps in pages and the write-ahead log hold nothing of what was deleted.
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from './store-error.ts';

/** With no transaction open. Needs as much room on the disk as the file has; takes about 5 s for a gigabyte. */
export function scrubFile(writer: DatabaseSync, path: string): void {
  // Beside the file: a copy of everything has no business in the system's folder for temporary files, nor in memory.
  writer.exec(`pragma temp_store_directory = '${dirname(resolve(path)).replaceAll("'", "''")}'`);
  writer.exec('pragma temp_store = file');
  try {
    writer.exec('vacuum');
  } finally {
    writer.exec('pragma temp_store = memory');
  }
  const [row] = writer.prepare('pragma wal_checkpoint(truncate)').all();
  if (row?.['busy'] !== 0) throw new StoreError('busy', 'somebody reads the database, so its log could not be emptied');
}
