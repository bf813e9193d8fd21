// The text of a countdown, right past 24 hours, in the person's locale. Made by Intl once a minute and grant:
// within a minute only the seconds change, and a formatter costs twenty times more than putting two strings together.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';

type Pattern = { readonly before: string; readonly after: string };

const MOST_PATTERNS = 2000;

/** Gives a function from a time left in ms (negative counts as none) to its text, as `42:17` or `1d, 3:02:01`. */
export function countdownFormat(locales: readonly string[]): (leftMs: DurationMs) => string {
  const digital = { style: 'digital', days: 'narrow', daysDisplay: 'auto', minutes: '2-digit' } as const;
  const withinDay = new Intl.DurationFormat([...locales], { ...digital, hoursDisplay: 'auto' });
  // Without its hours `1d, 0:05:00` would read as `1d:05:00`.
  const pastDay = new Intl.DurationFormat([...locales], { ...digital, hoursDisplay: 'always' });
  const seconds = secondTexts(locales);
  const patterns = new Map<number, Pattern>();
  return (leftMs) => {
    // Rounded up: it shows 00:00 only when nothing is left.
    const left = Math.max(0, Math.ceil(leftMs / SECOND_MS));
    const minute = Math.floor(left / 60);
    let pattern = patterns.get(minute);
    if (pattern === undefined) {
      if (patterns.size >= MOST_PATTERNS) patterns.clear();
      pattern = patternOf(minute * MINUTE_MS < DAY_MS ? withinDay : pastDay, minute);
      patterns.set(minute, pattern);
    }
    return `${pattern.before}${seconds[left % 60] ?? ''}${pattern.after}`;
  };
}

function patternOf(format: Intl.DurationFormat, minute: number): Pattern {
  const ms = minute * MINUTE_MS;
  const parts = format.formatToParts({
    days: Math.floor(ms / DAY_MS),
    hours: Math.floor((ms % DAY_MS) / HOUR_MS),
    minutes: Math.floor((ms % HOUR_MS) / MINUTE_MS),
    seconds: 0,
  });
  const at = parts.findIndex((part) => part.type === 'integer' && part.unit === 'second');
  const text = (from: number, to: number): string =>
    parts
      .slice(from, to)
      .map((part) => part.value)
      .join('');
  return { before: text(0, at), after: text(at + 1, parts.length) };
}

function secondTexts(locales: readonly string[]): readonly string[] {
  const format = new Intl.NumberFormat([...locales], { minimumIntegerDigits: 2, useGrouping: false });
  return Array.from({ length: 60 }, (_, second) => format.format(second));
}
