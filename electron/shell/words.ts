// Words for menus and notifications from plain values: lengths of time by Intl, other people's words made harmless.
import { DAY_MS, HOUR_MS, MINUTE_MS, type DurationMs } from '#shared/domain/time.ts';

/**
 * Two largest units of a length, rounded up to whole minutes ("1 day, 3 hr", "42 min"); under a minute "<1 min".
 * Never shows less time than there is, and days are never lost.
 */
export function lengthWords(lengthMs: DurationMs, locale: string): string {
  const unit = (value: number, name: 'day' | 'hour' | 'minute'): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (lengthMs < MINUTE_MS) return `<${unit(1, 'minute')}`;
  const wholeMs = Math.ceil(lengthMs / MINUTE_MS) * MINUTE_MS;
  const days = Math.floor(wholeMs / DAY_MS);
  const hours = Math.floor((wholeMs % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((wholeMs % HOUR_MS) / MINUTE_MS);
  const parts = [
    ...(days > 0 ? [unit(days, 'day')] : []),
    ...(hours > 0 ? [unit(hours, 'hour')] : []),
    ...(minutes > 0 && days === 0 ? [unit(minutes, 'minute')] : []),
  ];
  return new Intl.ListFormat(locale, { type: 'unit', style: 'short' }).format(parts);
}

/** How long until `lengthWords` says something else about a time that runs out. */
export function untilWordsChange(leftMs: DurationMs): DurationMs {
  if (leftMs <= 0) return MINUTE_MS;
  return leftMs % MINUTE_MS === 0 ? 1 : leftMs % MINUTE_MS;
}

// Control characters, marks that turn the reading direction, and invisible ones: they can forge what a line says.
const HARMFUL = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\u3164\uffa0\u115f\u1160]+/gu;

/** Words of somebody else with their line breaks, without anything that hides or turns them. */
export function cleanText(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(HARMFUL, ' ').trimEnd())
    .join('\n');
}

/** One clean line of at most `max` characters. Cut at the end with an ellipsis. */
export function oneLine(text: string, max: number): string {
  // Cut first: cleaning a megabyte for a line of a menu would block main.
  const line = text
    .slice(0, 4 * max)
    .replace(HARMFUL, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const characters = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(line)];
  // One grapheme can be a tower of marks.
  const kept = characters.slice(0, max).map(({ segment }) => segment.slice(0, 16));
  return characters.length <= max ? kept.join('') : `${kept.slice(0, -1).join('').trimEnd()}…`;
}
