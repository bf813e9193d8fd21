// Randomness for ids and salts, drawn from the system in bulk: one call each would be a tenth of what recording a fact
// costs. Never for keys.
import { randomFillSync } from 'node:crypto';

const VALUE_BYTES = 16;
const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Gives 128 bits that were never given before, in base64url. */
export function random128(): string {
  if (used + VALUE_BYTES > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += VALUE_BYTES;
  return pool.toString('base64url', used - VALUE_BYTES, used);
}
