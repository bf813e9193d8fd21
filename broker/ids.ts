// Random ids: 128 bits in base64url behind a prefix that says what they name. For what is shown to people and kept in
// logs; never for keys. Drawn from the system in bulk: one call an id would be a tenth of what recording a fact costs.
import { randomFillSync } from 'node:crypto';

export type IdPrefix = 'sub' | 'req' | 'apr' | 'grt' | 'crd' | 'use' | 'evt' | 'key';

const ID_BYTES = 16;
const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

export function newId(prefix: IdPrefix): string {
  return `${prefix}_${random128()}`;
}

/** Gives 128 bits that were never given before, in base64url. */
export function random128(): string {
  if (used + ID_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}
