// The caller's body on its way to the upstream: counted, limited in size and in silence.
import type { IncomingMessage } from 'node:http';
import type { DurationMs } from '#shared/domain/time.ts';
import type { Lease } from './lease.ts';
import type { Tally } from './send-answer.ts';

export type UploadLimits = { readonly maxBytes: number; readonly idleMs: DurationMs };

/**
 * Streams the request's body. Cuts the call when it is too large or stalls; throws when the caller goes away.
 * After a cut it ends with its connection, which the answer to the cut closes.
 */
export async function* uploadOf(
  request: IncomingMessage,
  limits: UploadLimits,
  lease: Lease,
  tally: Tally,
): AsyncGenerator<Uint8Array> {
  const timer = setTimeout(() => lease.cut('upload_stalled'), limits.idleMs);
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      timer.refresh();
      tally.bytesIn += chunk.length;
      if (tally.bytesIn > limits.maxBytes) {
        lease.cut('payload_too_large');
        throw lease.signal.reason;
      }
      tally.reachedUpstream = true;
      yield chunk;
    }
    tally.reachedUpstream = true;
  } finally {
    clearTimeout(timer);
  }
}
