// Writes an export that outsiders can verify: `log.jsonl`, `checkpoint`, `log.pem`, and where the key was changed
// `rotations`. Streams; never holds the log.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const EXPORT_FILES = {
  log: 'log.jsonl',
  checkpoint: 'checkpoint',
  key: 'log.pem',
  /** One line a change of the log's key; not there when there was none. */
  rotations: 'rotations',
} as const;

export type ExportParts = {
  readonly folder: string;
  /** Canonical JSON of the records, in order. */
  readonly records: AsyncIterable<readonly string[]>;
  readonly checkpoint: string;
  readonly publicKeyPem: string;
  /** Lines of the `rotations` file, the oldest first. */
  readonly rotations?: readonly string[];
};

/** Writes the files (0600; the folder, if missing, 0700). The checkpoint comes last: without it nothing verifies. */
export async function writeExport(parts: ExportParts): Promise<void> {
  const { folder, records, checkpoint, publicKeyPem, rotations = [] } = parts;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = join(folder, `${EXPORT_FILES.log}.partial`);
  await writeLines(partial, records);
  await rename(partial, join(folder, EXPORT_FILES.log));
  await writeFile(join(folder, EXPORT_FILES.key), publicKeyPem, { mode: 0o600 });
  // One of an earlier export in the same folder would say something else.
  await rm(join(folder, EXPORT_FILES.rotations), { force: true });
  if (rotations.length > 0)
    await writeFile(join(folder, EXPORT_FILES.rotations), `${rotations.join('\n')}\n`, { mode: 0o600 });
  await writeFile(join(folder, EXPORT_FILES.checkpoint), checkpoint, { mode: 0o600 });
}

async function writeLines(path: string, pages: AsyncIterable<readonly string[]>): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 });
  const finished = once(file, 'finish');
  // Also heard while pages are read, so that a full disk ends the export instead of the process.
  finished.catch(() => {});
  for await (const page of pages) {
    if (page.length > 0 && !file.write(`${page.join('\n')}\n`)) await Promise.race([once(file, 'drain'), finished]);
  }
  file.end();
  await finished;
}
