// Times and durations as plain milliseconds, with their two wire formats. Reads no clock: `now` is passed in.
import { err, ok, type Result } from './result.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
/** A length of time in milliseconds. */
export type DurationMs = number;

export type Clock = { readonly now: () => EpochMs };

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const DURATION = /^P(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})(?:\.(\d{1,3}))?S)?)?$/;

/**
 * Reads an ISO 8601 duration of days, hours, minutes and seconds (`PT30M`, `P1DT12H`).
 * Refuses years, months and weeks (their length is not fixed), signs, and an empty duration.
 */
export function parseDuration(text: string): Result<DurationMs, 'not_a_duration'> {
  const match = DURATION.exec(text);
  if (match === null || text === 'P') return err('not_a_duration');
  const [, days, hours, minutes, seconds, fraction] = match;
  return ok(
    Number(days ?? 0) * DAY_MS +
      Number(hours ?? 0) * HOUR_MS +
      Number(minutes ?? 0) * MINUTE_MS +
      Number(seconds ?? 0) * SECOND_MS +
      Number((fraction ?? '0').padEnd(3, '0')),
  );
}

/** Writes a duration as ISO 8601, the way `parseDuration` reads it. Takes whole milliseconds ≥ 0. */
export function formatDuration(durationMs: DurationMs): string {
  if (!Number.isSafeInteger(durationMs) || durationMs < 0) throw new RangeError('a duration is whole milliseconds ≥ 0');
  const days = Math.floor(durationMs / DAY_MS);
  const hours = Math.floor((durationMs % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((durationMs % HOUR_MS) / MINUTE_MS);
  const seconds = (durationMs % MINUTE_MS) / SECOND_MS;
  const date = days > 0 ? `${days}D` : '';
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

/** Writes an instant as RFC 3339 in UTC with milliseconds. */
export function formatInstant(atMs: EpochMs): string {
  return new Date(atMs).toISOString();
}
