// The witness: the newest checkpoint of the ledger in a file outside the store. A store that does not continue it was
// put back to an older state. Written only after the checkpoint is durable, so it is never ahead of a store that was not.
import { open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { openCheckpoint, type Checkpoint } from '#shared/audit/checkpoint.ts';
import type { LogPublicKey } from '#shared/audit/log-key.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import { readState } from '#shared/log/open-state.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { logHashes, readFrontier, subtreeReader } from '#shared/log/tree-reading.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import { readLedgerName } from '#broker/ledger/epoch-name.ts';
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import type { Reader } from '#broker/store.ts';

const PACE_MS = 500;

/**
 * `keys`: all that the ledger may be signed with. Null when there is no witness. Throws when it is there but is none of
 * this ledger: nobody may pass over that.
 */
export async function readWitness(file: string, keys: readonly LogPublicKey[]): Promise<Checkpoint | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const [opened] = keys.flatMap((key) => {
    const checkpoint = openCheckpoint(text, key);
    return checkpoint.ok ? [checkpoint.value] : [];
  });
  if (opened === undefined || readLedgerName(opened.origin) === null) throw notOurs(file);
  return opened;
}

/** Whether the store has everything that the witness saw. A store without a ledger, beside a witness, has not. Throws for one of another ledger. */
export async function continues(db: Reader, witness: Checkpoint, file: string): Promise<boolean> {
  const state = await readState(db, LEDGER_TABLES);
  if (state === null) return witness.size === 0;
  if (state.origin !== witness.origin) {
    // Another broker on the same store has opened a later epoch since: that one has settled it.
    const [now, then] = [readLedgerName(state.origin), readLedgerName(witness.origin)];
    if (now === null || now.first !== then?.first) throw notOurs(file);
    return now.epoch > then.epoch;
  }
  if (toWholeNumber(state.size) < witness.size) return false;
  const frontier = await readFrontier(subtreeReader(logHashes(db, LEDGER_TABLES)), witness.size);
  return rootOf(frontier).equals(witness.root);
}

function notOurs(file: string): Error {
  return new Error(`${file} is no checkpoint of this ledger: whoever knows why takes it away`);
}

export type WitnessKeeper = { readonly close: () => Promise<void> };

/** Keeps the file up to date, at most every half second and at the end. Trouble with it is told, and stops nothing. */
export function keepWitness(
  ledger: Pick<Ledger, 'subscribe' | 'checkpoint'>,
  file: string,
  onTrouble: (error: unknown) => void,
): WitnessKeeper {
  let timer: NodeJS.Timeout | null = null;
  let last: Promise<void> = Promise.resolve();
  const writeOnce = async (): Promise<void> => {
    const checkpoint = await ledger.checkpoint();
    if (checkpoint !== null) await replaceFile(file, checkpoint);
  };
  // One at a time, whatever became of the one before.
  const write = (): Promise<void> => (last = last.then(writeOnce, writeOnce));
  const unsubscribe = ledger.subscribe(() => {
    timer ??= setTimeout(() => {
      timer = null;
      write().catch(onTrouble);
    }, PACE_MS).unref();
  });
  return {
    close: async () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
      await write().catch(onTrouble);
    },
  };
}

/** Whole or not at all, also when the power goes. */
async function replaceFile(file: string, text: string): Promise<void> {
  // Replicas on one machine may keep one witness: each writes a file of its own.
  const fresh = `${file}.${hostname()}-${process.pid}.new`;
  {
    await using handle = await open(fresh, 'w', 0o600);
    await handle.writeFile(text);
    await handle.sync();
  }
  await rename(fresh, file);
}
