// Durations and instants: what is written is read back the same, and what has no fixed length is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, formatDuration, formatInstant, HOUR_MS, MINUTE_MS, parseDuration } from '#shared/domain/time.ts';

const LONGEST_MS = 99_999 * DAY_MS;

describe('a duration', () => {
  it.each([
    ['PT30M', 30 * MINUTE_MS],
    ['P1DT12H', DAY_MS + 12 * HOUR_MS],
    ['P7D', 7 * DAY_MS],
    ['PT90M', 90 * MINUTE_MS],
    ['PT0.5S', 500],
    ['PT1.05S', 1050],
    ['PT0.001S', 1],
    ['PT1H0M30S', HOUR_MS + 30_000],
    ['PT0S', 0],
    ['P0D', 0],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: durationMs });
  });

  it.each([
    ['nothing', ''],
    ['no part', 'P'],
    ['a T without a part', 'PT'],
    ['a T without a part after days', 'P1DT'],
    ['years', 'P1Y'],
    ['months', 'P1M'],
    ['weeks', 'P1W'],
    ['a sign', '-PT1H'],
    ['a sign inside', 'PT-1H'],
    ['a fraction of hours', 'PT1.5H'],
    ['a fraction without a digit', 'PT1.S'],
    ['a comma', 'PT1,5S'],
    ['finer than milliseconds', 'PT0.0001S'],
    ['the wrong order', 'PT1M1H'],
    ['the same part twice', 'PT1H1H'],
    ['lower case', 'pt1h'],
    ['space around it', ' PT1H'],
    ['a line break after it', 'PT1H\n'],
    ['more digits than anybody means', 'P100000D'],
    ['digits that are not ASCII', 'PT١H'],
    ['a bare number', '3600'],
  ])('with %s is refused', (_, text) => {
    expect(parseDuration(text)).toEqual({ ok: false, error: 'not_a_duration' });
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LONGEST_MS }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toEqual({ ok: true, value: durationMs });
      }),
    );
  });

  it('is written in one way, however it was spelt', () => {
    const part = fc.integer({ min: 0, max: 9999 });
    fc.assert(
      fc.property(part, part, part, part, (days, hours, minutes, seconds) => {
        const spelt = parseDuration(`P${days}DT${hours}H${minutes}M${seconds}S`);
        if (!spelt.ok) throw new Error('refused');
        const written = formatDuration(spelt.value);
        const again = parseDuration(written);
        expect(again).toEqual(spelt);
        expect(formatDuration(spelt.value)).toBe(written);
      }),
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[PTDHMS0-9.]{0,12}$/)), (text) => {
        const parsed = parseDuration(text);
        if (parsed.ok) expect(Number.isSafeInteger(parsed.value) && parsed.value >= 0).toBe(true);
      }),
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER + 1])(
    'of %d ms is a bug of the caller',
    (durationMs) => {
      expect(() => formatDuration(durationMs)).toThrow(RangeError);
    },
  );
});

describe('an instant', () => {
  it('is RFC 3339 in UTC with milliseconds, and sorts as text', () => {
    expect(formatInstant(Date.UTC(2026, 10, 24, 9, 0, 0, 7))).toBe('2026-11-24T09:00:00.007Z');
    const atMs = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
    fc.assert(
      fc.property(atMs, atMs, (a, b) => {
        expect(Date.parse(formatInstant(a))).toBe(a);
        expect(formatInstant(a) < formatInstant(b)).toBe(a < b);
      }),
    );
  });
});
