// A length of time in the few words that a notification has room for.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';

const UNITS = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [SECOND_MS, 's'],
] as const;

/** The two largest units that say it: `1 h 30 min`. */
export function lengthWords(lengthMs: DurationMs): string {
  const parts: string[] = [];
  let leftMs = lengthMs;
  for (const [unitMs, word] of UNITS) {
    const count = Math.floor(leftMs / unitMs);
    leftMs -= count * unitMs;
    if (count > 0) parts.push(`${count} ${word}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}
