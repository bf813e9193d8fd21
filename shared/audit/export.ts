// Writes an export that outsiders can verify: `log.jsonl`, `checkpoint`, `log.pem`. Streams; never holds the log.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const EXPORT_FILES = { log: 'log.jsonl', checkpoint: 'checkpoint', key: 'log.pem' } as const;

export type ExportParts = {
  readonly folder: string;
  /** Canonical JSON of the records, in order. */
  readonly records: AsyncIterable<readonly string[]>;
  readonly checkpoint: string;
  readonly publicKeyPem: string;
};

/** Writes the three files (0600; the folder, if missing, 0700). The checkpoint comes last: without it nothing verifies. */
export async function writeExport({ folder, records, checkpoint, publicKeyPem }: ExportParts): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = join(folder, `${EXPORT_FILES.log}.partial`);
  await writeLines(partial, records);
  await rename(partial, join(folder, EXPORT_FILES.log));
  await writeFile(join(folder, EXPORT_FILES.key), publicKeyPem, { mode: 0o600 });
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
