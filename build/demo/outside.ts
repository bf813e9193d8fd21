// What somebody outside writes down of both logs while the story goes on: the fingerprint of each key, and a checkpoint.
// With them an export verifies; read from the databases, never from an export.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readStoredLog } from '#shared/log/stored-export.ts';
import { openStoredLog } from '../audit/stored-logs.ts';

export const LOGS = ['desktop', 'ledger'] as const;
export type LogName = (typeof LOGS)[number];

/** `fingerprint`: hex SHA-256 of the key's DER; `checkpoint`: a signed note, older than the exports. */
export type NotedLog = { readonly fingerprint: string; readonly checkpoint: string };
export type Noted = Readonly<Record<LogName, NotedLog>>;

export async function noteLogs(dataFolder: string): Promise<Noted> {
  return { desktop: await note(dataFolder, 'desktop'), ledger: await note(dataFolder, 'ledger') };
}

async function note(dataFolder: string, log: LogName): Promise<NotedLog> {
  const opened = await openStoredLog({ log, configFile: null, dataFolder });
  if (!opened.ok) throw new Error(opened.error);
  const { close, ...place } = opened.value;
  try {
    const stored = await readStoredLog(place);
    if (!stored.ok) throw new Error(`the ${log} cannot be noted: ${stored.error}`);
    const { fingerprint, checkpoint } = stored.value;
    return { fingerprint, checkpoint };
  } finally {
    await close();
  }
}

/** Each checkpoint in a file beside the exports, as `docs/verify-export.sh` takes it. */
export async function keepNoted(noted: Noted, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const log of LOGS) await writeFile(path.join(folder, `${log}.checkpoint`), noted[log].checkpoint);
}
