import { describe, expect, it } from 'vitest';
import { countdownFormat } from '#renderer/countdown-text.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';

const english = countdownFormat(['en']);

describe('the text of a countdown', () => {
  it.each([
    [42 * MINUTE_MS + 17 * SECOND_MS, '42:17'],
    [4 * MINUTE_MS + 51 * SECOND_MS, '04:51'],
    [HOUR_MS, '1:00:00'],
    [23 * HOUR_MS + 59 * MINUTE_MS + 59 * SECOND_MS, '23:59:59'],
    [DAY_MS, '1d, 0:00:00'],
    [DAY_MS + 3 * HOUR_MS + 2 * MINUTE_MS + SECOND_MS, '1d, 3:02:01'],
    [40 * DAY_MS, '40d, 0:00:00'],
    [1, '00:01'],
    [0, '00:00'],
    [-5 * DAY_MS, '00:00'],
  ])('of %i ms is %s', (leftMs, text) => expect(english(leftMs)).toBe(text));

  it.each(['en', 'de', 'fr', 'ar', 'hi', 'ja', 'fa'])('is what Intl writes for the same length in %s', (locale) => {
    const quick = countdownFormat([locale]);
    const digital = { style: 'digital', days: 'narrow', daysDisplay: 'auto', minutes: '2-digit' } as const;
    for (const left of [0, 9, 61, 3599, 3600, 86_399, 86_400, 200_000]) {
      const parts = {
        days: Math.floor(left / 86_400),
        hours: Math.floor((left % 86_400) / 3600),
        minutes: Math.floor((left % 3600) / 60),
        seconds: left % 60,
      };
      const format = new Intl.DurationFormat([locale], {
        ...digital,
        hoursDisplay: left < 86_400 ? 'auto' : 'always',
      });
      expect(quick(left * SECOND_MS)).toBe(format.format(parts));
    }
  });
});
