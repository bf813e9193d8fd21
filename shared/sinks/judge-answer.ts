// What an HTTP answer means for a batch. Pure. Only a 2xx counts; what the protocol calls final is never a reason to
// lose a record: it is tried again slowly, and somebody is told.
import type { EpochMs, DurationMs } from '../domain/time.ts';
import type { Sent } from './send.ts';
import { ACCEPTED, failed, type Failure, type Outcome } from './target.ts';

/** `judgeBody`: what the body of a 2xx says. Absent: nothing that counts. */
export function judgeAnswer(sent: Sent, nowMs: EpochMs, judgeBody?: (body: string | null) => Outcome): Outcome {
  if (sent.kind === 'failed') return failed(sent.code, sent.code === 'tls_failed');
  const { status } = sent;
  if (status >= 200 && status < 300) return judgeBody === undefined ? ACCEPTED : judgeBody(sent.body);
  if (status >= 300 && status < 400) return failed('redirected', true);
  // For what it says, or for its size.
  if (status === 400 || status === 413 || status === 422) return { kind: 'refused' };
  return judgeError(status, readRetryAfter(sent.retryAfter, nowMs));
}

function judgeError(status: number, retryAfterMs: DurationMs | null): Failure {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return failed('unauthorized', true, retryAfterMs);
    case 404:
    case 405:
    case 410:
      return failed('not_found', true, retryAfterMs);
    case 408:
      return failed('timed_out', false, retryAfterMs);
    case 429:
      return failed('rate_limited', false, retryAfterMs);
    case 500:
    case 502:
    case 503:
    case 504:
      return failed('unavailable', false, retryAfterMs);
    default:
      return failed(status >= 500 ? 'unavailable' : 'refused', true, retryAfterMs);
  }
}

/** RFC 9110, 10.2.3: seconds, or a date. Null for everything else, and for what is over. */
export function readRetryAfter(value: string | null, nowMs: EpochMs): DurationMs | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,15}$/.test(text)) return Number(text) * 1000;
  // Only the forms of a date begin with the name of a day; `Date.parse` would also read "-5".
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const waitMs = Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) && waitMs > 0 ? waitMs : null;
}
