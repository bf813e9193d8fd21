import { describe, expect, it } from 'vitest';
import { deviationsOf } from '#broker/oversight/deviations/all.ts';
import { breakGlass } from '#broker/oversight/deviations/break-glass.ts';
import { deniedBefore } from '#broker/oversight/deviations/denied-before.ts';
import type { Examined } from '#broker/oversight/deviations/deviation.ts';
import { firstTime } from '#broker/oversight/deviations/first-time.ts';
import { neverUsed } from '#broker/oversight/deviations/never-used.ts';
import { repeatedExtension } from '#broker/oversight/deviations/repeated-extension.ts';
import { unusualHours } from '#broker/oversight/deviations/unusual-hours.ts';
import { unusualVolume } from '#broker/oversight/deviations/unusual-volume.ts';
import { DAY_MS, HOUR_MS } from '#shared/domain/time.ts';

/** Tuesday, 10:00 in Berlin. */
const TUESDAY_MS = Date.parse('2026-11-24T09:00:00Z');
const MB = 1024 * 1024;

type Over = Partial<Omit<Examined, 'holder'>> & { readonly holder?: Partial<Examined['holder']> };

/** Ordinary access of somebody who has had it before. */
function access({ holder, ...over }: Over = {}): Examined {
  const startsAtMs = over.startsAtMs ?? TUESDAY_MS;
  return {
    startsAtMs,
    endedAtMs: startsAtMs + HOUR_MS,
    endReason: 'released',
    sensitivity: 'confidential',
    breakGlass: false,
    chain: { extensions: 0, totalMs: HOUR_MS },
    usesAreSeen: true,
    uses: { count: 3, bytesOut: 2 * MB, momentsMs: [startsAtMs] },
    resourceBytes: [],
    ...over,
    holder: {
      zone: 'Europe/Berlin',
      holidays: [],
      earlierStartsMs: [startsAtMs - 7 * DAY_MS],
      earlierOfResource: 1,
      earlierBytes: [],
      refusedAtMs: [],
      ...holder,
    },
  };
}

const daily = (fromMs: number, days: number): number[] =>
  Array.from({ length: days }, (_, day) => fromMs - day * DAY_MS);

it('ordinary access deviates in nothing', () => {
  expect(deviationsOf(access())).toEqual([]);
});

describe('unusual hours, without much of a habit', () => {
  it.each([
    ['before seven', '2026-11-24T05:59:00Z', '06:59'],
    ['after eight in the evening', '2026-11-24T19:00:00Z', '20:00'],
    ['on a Saturday', '2026-11-28T10:00:00Z', '11:00'],
  ])('%s', (_when, at, time) => {
    const startsAtMs = Date.parse(at);
    const seen = unusualHours(access({ startsAtMs, uses: { count: 0, bytesOut: 0, momentsMs: [] } }));
    expect(seen).toMatchObject({ time, zone: 'Europe/Berlin', compared_with: 'working_hours' });
  });

  it.each(['2026-11-24T06:00:00Z', '2026-11-24T18:59:00Z'])('%s is a working hour in Berlin', (at) => {
    expect(unusualHours(access({ startsAtMs: Date.parse(at) }))).toBeNull();
  });

  it('a holiday is not a working day, in the zone of the holder', () => {
    expect(unusualHours(access({ holder: { holidays: ['2026-11-24'] } }))).toMatchObject({ weekday: 2 });
    expect(unusualHours(access({ holder: { holidays: ['2026-11-25'] } }))).toBeNull();
  });

  it('a use at night is told, though the access began by day', () => {
    const night = Date.parse('2026-11-24T22:00:00Z');
    const seen = unusualHours(access({ uses: { count: 2, bytesOut: 9, momentsMs: [TUESDAY_MS, night] } }));
    expect(seen).toMatchObject({ time: '23:00' });
  });

  it('nothing can be said of a working day in a zone that nobody knows', () => {
    const startsAtMs = Date.parse('2026-11-24T03:00:00Z');
    expect(unusualHours(access({ startsAtMs, holder: { zone: null } }))).toBeNull();
    expect(unusualHours(access({ startsAtMs, holder: { zone: 'Nowhere/At_All' } }))).toBeNull();
  });
});

describe('unusual hours, against a habit', () => {
  const nightly = daily(Date.parse('2026-11-23T22:50:00Z'), 14);

  it('who always works at night is usual at night, also just after midnight', () => {
    for (const at of ['2026-11-24T22:50:00Z', '2026-11-24T23:40:00Z']) {
      const startsAtMs = Date.parse(at);
      const uses = { count: 0, bytesOut: 0, momentsMs: [] };
      expect(unusualHours(access({ startsAtMs, uses, holder: { earlierStartsMs: nightly } }))).toBeNull();
    }
  });

  it('and unusual by day', () => {
    const seen = unusualHours(access({ holder: { earlierStartsMs: nightly } }));
    expect(seen).toMatchObject({ time: '10:00', compared_with: 'own_hours', earlier: 14 });
  });

  it('one earlier exception among many does not make an hour usual', () => {
    const byDay = Array.from({ length: 40 }, (_, week) => TUESDAY_MS - week * 7 * DAY_MS);
    const startsAtMs = Date.parse('2026-11-24T02:00:00Z');
    const uses = { count: 0, bytesOut: 0, momentsMs: [] };
    const earlierStartsMs = [...byDay, startsAtMs - 7 * DAY_MS];
    expect(unusualHours(access({ startsAtMs, uses, holder: { earlierStartsMs } }))).not.toBeNull();
  });

  it('a habit is compared in UTC when the zone is not known', () => {
    const holder = { zone: null, earlierStartsMs: daily(TUESDAY_MS - DAY_MS, 14) };
    expect(unusualHours(access({ holder }))).toBeNull();
    expect(unusualHours(access({ startsAtMs: TUESDAY_MS + 12 * HOUR_MS, holder }))).toMatchObject({ zone: 'UTC' });
  });
});

describe('first time', () => {
  it('is the first access of this human to this resource', () => {
    expect(firstTime(access({ holder: { earlierOfResource: 0 } }))).toEqual({ earlier_access: 1 });
    expect(firstTime(access())).toBeNull();
  });
  it('is nothing for what is public', () => {
    expect(firstTime(access({ sensitivity: 'public', holder: { earlierOfResource: 0 } }))).toBeNull();
  });
});

describe('repeated extension', () => {
  const chain = { extensions: 2, totalMs: 5 * HOUR_MS };
  it('is told of the second and later ones, once the chain is over', () => {
    expect(repeatedExtension(access({ chain }))).toEqual({ extensions: 2, total_minutes: 300 });
    expect(repeatedExtension(access({ chain, endReason: 'replaced' }))).toBeNull();
    expect(repeatedExtension(access({ chain: { ...chain, extensions: 1 } }))).toBeNull();
  });
});

describe('denied before', () => {
  it('counts the refusals, and says how long ago the last was', () => {
    const refusedAtMs = [TUESDAY_MS - 9 * DAY_MS, TUESDAY_MS - 2 * DAY_MS];
    expect(deniedBefore(access({ holder: { refusedAtMs } }))).toEqual({ refusals: 2, days_before: 2 });
    expect(deniedBefore(access())).toBeNull();
  });
});

describe('unusual volume', () => {
  const uses = (bytesOut: number) => ({ count: 1, bytesOut, momentsMs: [] });
  const steady = [10, 11, 9, 10, 12, 8, 10, 11].map((each) => each * MB);

  it('is far more than this human usually reads of it', () => {
    const seen = unusualVolume(access({ uses: uses(200 * MB), holder: { earlierBytes: steady } }));
    expect(seen).toMatchObject({ bytes: 200 * MB, compared_with: 'own_history', earlier: 8 });
    expect(unusualVolume(access({ uses: uses(25 * MB), holder: { earlierBytes: steady } }))).toBeNull();
  });

  it('one huge access before does not hide the next', () => {
    const earlierBytes = [...steady, 5000 * MB];
    expect(unusualVolume(access({ uses: uses(4000 * MB), holder: { earlierBytes } }))).not.toBeNull();
  });

  it('is compared with everybody while the own history is short', () => {
    const over = { uses: uses(200 * MB), resourceBytes: steady };
    expect(unusualVolume(access({ ...over, holder: { earlierBytes: [MB] } }))).toMatchObject({
      compared_with: 'everybody',
    });
    // Who always reads much is not unusual because others read little.
    expect(unusualVolume(access({ ...over, holder: { earlierBytes: steady.map((each) => each * 20) } }))).toBeNull();
  });

  it('needs a history, a megabyte, and a gateway that sees it', () => {
    expect(unusualVolume(access({ uses: uses(900 * MB), resourceBytes: steady.slice(1) }))).toBeNull();
    expect(unusualVolume(access({ uses: uses(MB - 1), resourceBytes: steady.map(() => 1) }))).toBeNull();
    expect(unusualVolume(access({ uses: uses(900 * MB), resourceBytes: steady, usesAreSeen: false }))).toBeNull();
  });

  it('a history of nothing but zeros still finds much', () => {
    expect(unusualVolume(access({ uses: uses(2 * MB), resourceBytes: steady.map(() => 0) }))).not.toBeNull();
  });
});

describe('never used', () => {
  const none = { count: 0, bytesOut: 0, momentsMs: [] };
  it('is access without one use', () => {
    expect(neverUsed(access({ uses: none }))).toEqual({ held_minutes: 60 });
    expect(neverUsed(access())).toBeNull();
  });
  it('is not told of what went on as another grant, was never handed over, or is used out of sight', () => {
    expect(neverUsed(access({ uses: none, endReason: 'replaced' }))).toBeNull();
    expect(neverUsed(access({ uses: none, endReason: 'activation_failed' }))).toBeNull();
    expect(neverUsed(access({ uses: none, usesAreSeen: false }))).toBeNull();
  });
});

it('an emergency is always told', () => {
  expect(breakGlass({ breakGlass: true })).toEqual({});
  expect(breakGlass({ breakGlass: false })).toBeNull();
});
