// Makes the broker's own four keys for a first start. Never overwrites a key: what it protects would be lost with it.
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { KeyName } from '#shared/contracts/config.ts';
import { syncFolder, writeDurably } from './write-durably.ts';

export const KEY_FILES: Readonly<Record<KeyName, string>> = {
  tokenWrapping: 'token-wrapping.key',
  ledger: 'ledger.key',
  keyedHash: 'keyed-hash.key',
  erasure: 'erasure.key',
};

/**
 * Makes the folder (0700) with four new random keys (0600, base64url) in one step: all of them or none.
 * Gives `exists` and touches nothing when the folder is there with anything in it.
 */
export async function createKeys(folder: string): Promise<'created' | 'exists'> {
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const draft = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`));
  try {
    for (const name of Object.values(KEY_FILES)) {
      await writeDurably(join(draft, name), `${randomBytes(32).toString('base64url')}\n`);
    }
    await syncFolder(draft);
    // A folder with files in it is never replaced by a rename.
    await rename(draft, folder);
    await syncFolder(dirname(folder));
    return 'created';
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (await exists(folder)) return 'exists';
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
