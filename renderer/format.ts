// Times, lengths, numbers and lists as the person's locale writes them. Everything goes through Intl.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type DurationMs, type EpochMs } from '#shared/domain/time.ts';
import { countdownFormat } from './countdown-text.ts';

const locales = [...navigator.languages];
const clockTime = new Intl.DateTimeFormat(locales, { hour: '2-digit', minute: '2-digit' });
const hourOnly = new Intl.DateTimeFormat(locales, { hour: 'numeric' });
const dayAndTime = new Intl.DateTimeFormat(locales, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const dateAndTime = new Intl.DateTimeFormat(locales, { dateStyle: 'medium', timeStyle: 'short' });
const shortDay = new Intl.DateTimeFormat(locales, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(locales, { weekday: 'long', day: 'numeric', month: 'long' });
const shortLength = new Intl.DurationFormat(locales, { style: 'short' });
const relative = new Intl.RelativeTimeFormat(locales, { numeric: 'auto', style: 'short' });
const relativeDay = new Intl.RelativeTimeFormat(locales, { numeric: 'auto' });
const number = new Intl.NumberFormat(locales);
// Lists of words belong to the window's own sentences, which are English.
const allOf = new Intl.ListFormat('en', { type: 'conjunction' });
const anyOf = new Intl.ListFormat('en', { type: 'disjunction' });
const percent = new Intl.NumberFormat(locales, { style: 'percent' });

export const countdown = countdownFormat(locales);

/** `15:40` today, `Fri 15:40` within six days, else the date too. */
export function until(atMs: EpochMs, nowMs: EpochMs): string {
  if (startOfDay(atMs) === startOfDay(nowMs)) return clockTime.format(atMs);
  return Math.abs(atMs - nowMs) < 6 * DAY_MS ? dayAndTime.format(atMs) : dateAndTime.format(atMs);
}

export const dateTime = (atMs: EpochMs): string => dateAndTime.format(atMs);
export const timeOfDay = (atMs: EpochMs): string => clockTime.format(atMs);
export const hourOfDay = (atMs: EpochMs): string => hourOnly.format(atMs);
export const moment = (atMs: EpochMs): string => dateAndTime.format(atMs);
export const dayShort = (atMs: EpochMs): string => shortDay.format(atMs);
export const dayLong = (atMs: EpochMs): string => longDay.format(atMs);
export const count = (value: number): string => number.format(value);

// 1 January 2024 was a Monday.
const MONDAY = Date.UTC(2024, 0, 1);
const localDayTime = new Intl.DateTimeFormat(locales, {
  weekday: 'long',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});
const localTime = new Intl.DateTimeFormat(locales, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

/** `Sunday 03:12`, of a time `HH:MM` that is local somewhere already. `weekday` 1 is Monday; null: only the time. */
export function weekTime(weekday: number | null, time: string): string | null {
  const parts = /^(\d{2}):(\d{2})$/.exec(time);
  if (parts === null) return null;
  const atMs = MONDAY + Number(parts[1]) * HOUR_MS + Number(parts[2]) * MINUTE_MS;
  const isDay = weekday !== null && weekday >= 1 && weekday <= 7;
  return isDay ? localDayTime.format(atMs + (weekday - 1) * DAY_MS) : localTime.format(atMs);
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `1.8 MB`: by the largest decimal unit. */
export function byteCount(value: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  const unit = BYTE_UNITS[power] ?? 'byte';
  return new Intl.NumberFormat(locales, { style: 'unit', unit, maximumFractionDigits: 1 }).format(
    value / 1000 ** power,
  );
}

export const share = (value: number): string => percent.format(value);
export const listAll = (items: readonly string[]): string => allOf.format(items);
export const listAny = (items: readonly string[]): string => anyOf.format(items);

/** `30 min`, `1 hr, 30 min`, `250 ms`: a length, never a moment. */
export function length(ms: DurationMs): string {
  if (ms < SECOND_MS) return shortLength.format({ milliseconds: Math.max(0, Math.round(ms)) }) || '0 ms';
  return shortLength.format({
    days: Math.floor(ms / DAY_MS),
    hours: Math.floor((ms % DAY_MS) / HOUR_MS),
    minutes: Math.floor((ms % HOUR_MS) / MINUTE_MS),
    seconds: Math.floor((ms % MINUTE_MS) / SECOND_MS),
  });
}

const wholeLength = new Intl.DurationFormat(locales, { style: 'long' });

/** `5 minutes`, `2 days`: by the largest whole unit, at least a minute. */
export function roughly(ms: DurationMs): string {
  const size = Math.max(MINUTE_MS, ms);
  if (size < HOUR_MS) return wholeLength.format({ minutes: Math.floor(size / MINUTE_MS) });
  if (size < DAY_MS) return wholeLength.format({ hours: Math.floor(size / HOUR_MS) });
  return wholeLength.format({ days: Math.floor(size / DAY_MS) });
}

/** `3 min ago`, `in 2 hr`, `now`: by the largest whole unit. */
export function ago(atMs: EpochMs, nowMs: EpochMs): string {
  const ms = atMs - nowMs;
  const size = Math.abs(ms);
  if (size < MINUTE_MS) return relative.format(0, 'second');
  if (size < HOUR_MS) return relative.format(Math.trunc(ms / MINUTE_MS), 'minute');
  if (size < DAY_MS) return relative.format(Math.trunc(ms / HOUR_MS), 'hour');
  return relative.format(Math.trunc(ms / DAY_MS), 'day');
}

/** The first moment of the person's day that holds `atMs`. */
export function startOfDay(atMs: EpochMs): EpochMs {
  return new Date(atMs).setHours(0, 0, 0, 0);
}

/** `today`, `yesterday`, else the day in words. */
export function dayName(dayMs: EpochMs, nowMs: EpochMs): string {
  const days = Math.round((dayMs - startOfDay(nowMs)) / DAY_MS);
  if (days === 0 || days === -1) return relativeDay.format(days, 'day');
  return dayLong(dayMs);
}
