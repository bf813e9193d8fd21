// Writes an export that outsiders can verify: `log.jsonl`, `leaves`, `log.pem`, `rotations` where the key was changed,
// `range.json` for a part of a log, and `checkpoint`. Streams; never holds the log.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leafHash } from './merkle.ts';

export const EXPORT_FILES = {
  log: 'log.jsonl',
  /** 32 bytes a line: its leaf hash. Believed only under the signed root; it tells which record is bad. */
  leaves: 'leaves',
  checkpoint: 'checkpoint',
  key: 'log.pem',
  /** One line a change of the log's key; not there when there was none. */
  rotations: 'rotations',
  range: 'range.json',
} as const;

/** A line of the log, and the hash that it has in the tree. */
export type LogLine = { readonly text: string; readonly leaf: Uint8Array };

export type ExportParts = {
  readonly folder: string;
  /** Canonical JSON of the records, in order. */
  readonly lines: AsyncIterable<readonly LogLine[]>;
  readonly checkpoint: string;
  readonly publicKeyPem: string;
  /** Lines of the `rotations` file, the oldest first. */
  readonly rotations?: readonly string[];
  /** What `writeRange` gives, where the lines are a part of the log. */
  readonly range?: string;
};

export function lineOf(text: string): LogLine {
  return { text, leaf: leafHash(Buffer.from(text)) };
}

/**
 * Writes the files (0600; the folder, if missing, 0700) in the place of those of an earlier export. The checkpoint goes
 * first and comes last: without it nothing verifies.
 */
export async function writeExport(parts: ExportParts): Promise<void> {
  const { folder, lines, checkpoint, publicKeyPem, rotations = [], range } = parts;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const at = (file: string): string => join(folder, file);
  for (const file of [EXPORT_FILES.checkpoint, EXPORT_FILES.range, EXPORT_FILES.rotations])
    await rm(at(file), { force: true });
  await writeLines(at(`${EXPORT_FILES.log}.partial`), at(`${EXPORT_FILES.leaves}.partial`), lines);
  for (const file of [EXPORT_FILES.log, EXPORT_FILES.leaves]) await rename(at(`${file}.partial`), at(file));
  await writeFile(at(EXPORT_FILES.key), publicKeyPem, { mode: 0o600 });
  if (rotations.length > 0) await writeFile(at(EXPORT_FILES.rotations), `${rotations.join('\n')}\n`, { mode: 0o600 });
  if (range !== undefined) await writeFile(at(EXPORT_FILES.range), range, { mode: 0o600 });
  await writeFile(at(EXPORT_FILES.checkpoint), checkpoint, { mode: 0o600 });
}

async function writeLines(log: string, leaves: string, pages: AsyncIterable<readonly LogLine[]>): Promise<void> {
  const files = [openFile(log), openFile(leaves)] as const;
  for await (const page of pages) {
    if (page.length === 0) continue;
    await files[0].write(page.map(({ text }) => `${text}\n`).join(''));
    await files[1].write(Buffer.concat(page.map(({ leaf }) => leaf)));
  }
  for (const file of files) await file.end();
}

type OpenFile = { readonly write: (chunk: string | Buffer) => Promise<void>; readonly end: () => Promise<void> };

function openFile(path: string): OpenFile {
  const file = createWriteStream(path, { mode: 0o600 });
  const finished = once(file, 'finish');
  // Also heard while pages are read, so that a full disk ends the export instead of the process.
  finished.catch(() => {});
  return {
    async write(chunk) {
      if (!file.write(chunk)) await Promise.race([once(file, 'drain'), finished]);
    },
    async end() {
      file.end();
      await finished;
    },
  };
}
