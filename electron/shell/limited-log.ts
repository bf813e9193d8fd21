// A log that a flood cannot fill: some lines a minute for each kind of event, then one line with how many were left out.
import type { Log } from '../agent/ports.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';

const LINES_A_MINUTE = 10;

type Span = { startedAtMs: number; lines: number; leftOut: number };

/** `elapsedMs` is any clock that never goes back. The count of left out lines is told with the next line let through. */
export function limitLog(log: Log, elapsedMs: () => number = () => performance.now()): Log {
  const spans = new Map<string, Span>();
  const admit = (event: string): { readonly leftOut: number } | null => {
    const now = elapsedMs();
    const span = spans.get(event);
    if (span === undefined || now - span.startedAtMs >= MINUTE_MS) {
      spans.set(event, { startedAtMs: now, lines: 1, leftOut: 0 });
      return { leftOut: span?.leftOut ?? 0 };
    }
    if (span.lines < LINES_A_MINUTE) {
      span.lines += 1;
      return { leftOut: 0 };
    }
    if (span.leftOut === 0) log.info('log.limited', { of: event });
    span.leftOut += 1;
    return null;
  };
  return {
    info: (event, facts) => {
      const admitted = admit(event);
      if (admitted !== null) log.info(event, withCount(facts, admitted.leftOut));
    },
    trouble: (event, error, facts) => {
      const admitted = admit(event);
      if (admitted !== null) log.trouble(event, error, withCount(facts, admitted.leftOut));
    },
  };
}

type Facts = Parameters<Log['info']>[1];

function withCount(facts: Facts, leftOut: number): NonNullable<Facts> {
  return leftOut === 0 ? (facts ?? {}) : { ...facts, leftOut };
}
