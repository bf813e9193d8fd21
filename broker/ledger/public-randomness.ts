// Random bytes for ids and salts, drawn from the system in bulk: one call a record would be a tenth of its cost.
// For values that the log shows anyway; never for keys.
import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Gives 128 bits that were never given before, in base64url. */
export function random128(): string {
  const bytes = 16;
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('base64url', used - bytes, used);
}
