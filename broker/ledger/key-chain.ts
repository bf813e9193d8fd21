// The changes of the ledger's key as they are stored, held against the stored tree.
import { sql } from 'kysely';
import { type KeyRotation, keysOf, readRotations } from '#shared/audit/key-rotations.ts';
import type { LogPublicKey } from '#shared/audit/log-key.ts';
import { rootOf } from '#shared/audit/merkle.ts';
import { LogError } from '#shared/log/log-error.ts';
import type { StoredRotation } from '#shared/log/log-keys.ts';
import type { Db } from '#shared/log/log-store.ts';
import type { StateRow } from '#shared/log/log-tables.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { logHashes, readFrontier, subtreeReader } from '#shared/log/tree-reading.ts';
import { LEDGER_TABLES } from './tables.ts';

/** The oldest first. */
export async function findLedgerRotations(db: Db): Promise<readonly StoredRotation[]> {
  const { rows } = await sql<StoredRotation>`
    select note as checkpoint, old_key as "key", new_key as "next" from ledger_key_rotations order by size
  `.execute(db);
  return rows;
}

/**
 * The changes that lead to the key that signs the stored ledger, each found in its tree. Throws LogError `damaged` when
 * one does not hold.
 */
export async function readKeyChain(db: Db, state: StateRow, key: LogPublicKey): Promise<readonly KeyRotation[]> {
  const size = toWholeNumber(state.size);
  const chain = readRotations(await findLedgerRotations(db), { origin: state.origin, size, key });
  if (!chain.ok)
    throw new LogError('damaged', `the change of its key number ${chain.error.rotation} is ${chain.error.reason}`);
  const hashOf = subtreeReader(logHashes(db, LEDGER_TABLES));
  for (const { head } of chain.value)
    if (!rootOf(await readFrontier(hashOf, head.size)).equals(head.root))
      throw new LogError('damaged', 'the tree that two of its keys signed is not the one that is stored');
  return chain.value;
}

/** The key that the ledger began with, which all its names are made of. */
export function firstKeyOf(chain: readonly KeyRotation[], now: LogPublicKey): LogPublicKey {
  return keysOf(chain, now)[0] ?? now;
}
