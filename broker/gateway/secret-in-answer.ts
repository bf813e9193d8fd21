// Stops an answer before it shows the upstream's own secret, as an echoing endpoint or a debug page would.
// Finds it as it was sent, also across chunks; not when the upstream encodes or compresses it.
import type { Lease } from './lease.ts';

/** A shorter secret would be found by chance. */
const MIN_SECRET_BYTES = 8;

/** Length of the longest end of `chunk` that the secret begins with. */
function heldBack(chunk: Uint8Array, secret: Buffer): number {
  const tail = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).subarray(-(secret.length - 1));
  let at = tail.indexOf(secret[0] ?? 0);
  while (at !== -1) {
    if (tail.subarray(at).equals(secret.subarray(0, tail.length - at))) return tail.length - at;
    at = tail.indexOf(secret[0] ?? 0, at + 1);
  }
  return 0;
}

/** Passes the bytes on, holding back only what may be the secret's beginning; cuts the call before the secret is whole. */
export async function* withholdSecret(
  source: AsyncIterable<Uint8Array>,
  secretText: string,
  lease: Lease,
): AsyncGenerator<Uint8Array> {
  const secret = Buffer.from(secretText);
  if (secret.length < MIN_SECRET_BYTES) {
    yield* source;
    return;
  }
  let held: Uint8Array = Buffer.alloc(0);
  for await (const chunk of source) {
    const bytes =
      held.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([held, chunk]);
    if (bytes.includes(secret)) {
      lease.cut('secret_in_answer');
      throw new Error('the upstream showed its secret');
    }
    const keep = heldBack(bytes, secret);
    held = bytes.subarray(bytes.length - keep);
    if (bytes.length > keep) yield bytes.subarray(0, bytes.length - keep);
  }
  if (held.length > 0) yield held;
}
