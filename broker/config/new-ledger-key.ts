// Makes the next key of the ledger where the keys are files: the one in use is kept beside it, so that the next start
// can sign with both. Never overwrites a key: the one that the ledger is signed with cannot be had again.
import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KEY_FILES } from './create-keys.ts';
import { syncFolder, writeDurably } from './write-durably.ts';

/** What the configuration names as `previousLedger`. */
export const PREVIOUS_LEDGER_KEY = 'ledger.previous.key';

/**
 * `no_key`: there is none to follow. `previous_kept`: a key before that is kept still, and the ledger may be signed with
 * it: whoever knows that every broker has started with the one after it takes it away.
 */
export type NewLedgerKey = 'created' | 'no_key' | 'previous_kept';

/** Stopped at any point, it leaves a folder that a broker starts with, and goes on when it is called again. */
export async function newLedgerKey(keysFolder: string): Promise<NewLedgerKey> {
  const current = join(keysFolder, KEY_FILES.ledger);
  const previous = join(keysFolder, PREVIOUS_LEDGER_KEY);
  const kept = await keep(current, previous);
  if (kept !== 'kept') return kept;
  const draft = join(keysFolder, `.ledger-${process.pid}.new`);
  await rm(draft, { force: true });
  await writeDurably(draft, `${randomBytes(32).toString('base64url')}\n`);
  await syncFolder(keysFolder);
  await rename(draft, current);
  await syncFolder(keysFolder);
  return 'created';
}

async function keep(current: string, previous: string): Promise<'kept' | Exclude<NewLedgerKey, 'created'>> {
  try {
    // In one step, and not where there is one.
    await link(current, previous);
    return 'kept';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') return 'no_key';
    if (code !== 'EEXIST') throw error;
    // The same key: an earlier call was stopped in the middle.
    return (await readFile(current)).equals(await readFile(previous)) ? 'kept' : 'previous_kept';
  }
}
