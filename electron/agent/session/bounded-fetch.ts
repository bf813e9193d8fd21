// Calls that end. A broker that hangs must not hold up what waits for its answer: it counts as unreachable, and what may
// be sent again is sent again.
import { MINUTE_MS, type DurationMs } from '#shared/domain/time.ts';

type Fetch = (request: Request) => Promise<Response>;

/** Longer than any answer takes, also on a machine that is busy. */
const PATIENCE_MS: DurationMs = MINUTE_MS;

/** Rejects, head or body, when the whole answer was not there in time. Not for streams. */
export function boundedFetch(fetch: Fetch, patienceMs = PATIENCE_MS): Fetch {
  return async (request) => await fetch(new Request(request, { signal: AbortSignal.timeout(patienceMs) }));
}
