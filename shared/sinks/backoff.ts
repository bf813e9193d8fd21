// How long until the next attempt. Pure: chance is passed in.
import type { DurationMs } from '../domain/time.ts';
import type { Failure } from './target.ts';
import type { SinkTimes } from './times.ts';

/**
 * The pause after `attempts` failures in a row, the last of them `failure`. Grows to the longest, spread by chance (0 to
 * 1), so that many senders do not come back at once; a receiver that asks for longer gets it, within bounds.
 */
export function pauseAfter(failure: Failure, attempts: number, times: SinkTimes, chance: number): DurationMs {
  const first = failure.needsPerson ? times.firstSlowRetryMs : times.firstRetryMs;
  const grown = Math.min(first * 2 ** Math.min(attempts - 1, 30), times.lastRetryMs);
  const spread = grown * (0.5 + chance / 2);
  const asked = Math.min(failure.retryAfterMs ?? 0, times.mostRetryAfterMs);
  // What was asked for is the least; spread above it for the same reason.
  return asked > spread ? asked + chance * times.firstRetryMs : spread;
}
