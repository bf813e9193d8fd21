// Sends an answer to the caller with backpressure, counting every byte. Stops when the lease is cut or the quota ends.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { Lease } from './lease.ts';
import { SAFETY_HEADERS } from './problems.ts';

/** How far a call has come. */
export type Tally = {
  bytesIn: number;
  bytesOut: number;
  /** Of the answer that began to go out; null: none yet. */
  status: number | null;
  /** An HTTP upstream has got (some of) what the caller sent: it may act on it, whoever waits for the answer. */
  reachedUpstream: boolean;
};

export function newTally(): Tally {
  return { bytesIn: 0, bytesOut: 0, status: null, reachedUpstream: false };
}

/** What the grant may still receive. Takes the bytes, or says that they are too many. */
export type TakeBytes = (bytes: number) => boolean | Promise<boolean>;

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal });
}

async function sendBody(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  take: TakeBytes,
  lease: Lease,
  tally: Tally,
): Promise<void> {
  for await (const chunk of body) {
    if (lease.signal.aborted) throw lease.signal.reason;
    const taken = take(chunk.length);
    if (taken !== true && !(await taken)) {
      lease.cut('quota_exhausted');
      throw lease.signal.reason;
    }
    // Access may have ended while the quota was asked.
    if (lease.signal.aborted) throw lease.signal.reason;
    tally.bytesOut += chunk.length;
    if (!response.write(chunk)) await drained(response, lease.signal);
  }
}

/**
 * Sends the whole answer and resolves when the system has taken its last byte. Throws when it was cut or when its
 * source failed; the response is then not complete and its socket must not be used again.
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  take: TakeBytes,
  lease: Lease,
  tally: Tally,
): Promise<void> {
  tally.status = answer.status;
  response.writeHead(answer.status, { ...answer.headers, ...SAFETY_HEADERS });
  if (answer.body !== null) {
    // An event stream may be silent at first: its headers must not wait for it.
    if (answer.headers['content-length'] === undefined) response.flushHeaders();
    await sendBody(response, answer.body, take, lease, tally);
  }
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(resolve);
  });
  if (!response.writableFinished) throw new Error('the caller went away');
}
