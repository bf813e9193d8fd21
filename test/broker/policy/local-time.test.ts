import { expect, test } from 'vitest';
import { localTime } from '#broker/policy/local-time.ts';

const SUNDAY_2330_UTC = Date.UTC(2026, 10, 22, 23, 30);

test('weekday, minute and holiday are those of the zone', () => {
  expect(localTime(SUNDAY_2330_UTC, 'UTC', [])).toEqual({ dow: 7, minute: 1410, holiday: false, tz: 'UTC' });
  const seoul = localTime(SUNDAY_2330_UTC, 'Asia/Seoul', ['2026-11-23']);
  expect(seoul).toEqual({ dow: 1, minute: 510, holiday: true, tz: 'Asia/Seoul' });
  expect(localTime(SUNDAY_2330_UTC, 'America/Los_Angeles', ['2026-11-23'])).toMatchObject({
    dow: 7,
    minute: 930,
    holiday: false,
  });
});

test('midnight is minute 0, and summer time is known', () => {
  expect(localTime(Date.UTC(2026, 10, 18, 23), 'Europe/Berlin', [])).toMatchObject({ dow: 4, minute: 0 });
  expect(localTime(Date.UTC(2026, 6, 15, 22), 'Europe/Berlin', [])).toMatchObject({ dow: 4, minute: 0 });
});

test('an unknown zone is unknown, never UTC', () => {
  for (const zone of [null, '', 'Mars/Olympus', 'Europe/Berlin\u0000', '../etc'])
    expect(localTime(SUNDAY_2330_UTC, zone, [])).toBeNull();
});
