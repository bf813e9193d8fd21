import { describe, expect, it } from 'vitest';
import { reviewLanes, reviewStretch } from '#renderer/oversight/review/review-lanes.ts';
import { findingSentence } from '#renderer/words/review.ts';
import { DAY_MS, HOUR_MS } from '#shared/domain/time.ts';
import { NOW_MS } from './fixtures/cards.ts';
import { finding, largeReview, REVIEW, reviewed } from './fixtures/teams.ts';

const FROM = NOW_MS - 10 * DAY_MS;
const lanes = (accesses: Parameters<typeof reviewStretch>[2], by: 'person' | 'resource' = 'person') =>
  reviewLanes(accesses, by, reviewStretch(FROM, NOW_MS, accesses), NOW_MS);

describe('the lanes of the review', () => {
  it('puts accesses of the same time below each other, and of different times beside each other', () => {
    const [lane] = lanes([
      reviewed('Ana', 'dataset:penguins', 5 * DAY_MS, 2 * DAY_MS),
      reviewed('Ana', 'dataset:weather', 4 * DAY_MS, DAY_MS),
      reviewed('Ana', 'dataset:weather', 2 * DAY_MS, DAY_MS),
    ]);
    expect(lane?.bars.map(({ row }) => row)).toEqual([0, 1, 0]);
    expect(lane?.rows).toBe(2);
  });

  it('never lets two bars of one row overlap, nor leaves the stretch, however many there are', () => {
    const { accesses } = largeReview(500, 7);
    for (const lane of lanes(accesses)) {
      const ends = new Map<number, number>();
      for (const bar of lane.bars) {
        expect(bar.from).toBeGreaterThanOrEqual(ends.get(bar.row) ?? 0);
        expect(bar.from).toBeGreaterThanOrEqual(0);
        expect(Math.max(bar.to, bar.plannedTo)).toBeLessThanOrEqual(1.0001);
        ends.set(bar.row, Math.max(bar.to, bar.plannedTo));
      }
    }
    expect(lanes(accesses).reduce((sum, { bars }) => sum + bars.length, 0)).toBe(500);
  });

  it('shows what was taken beside what was allowed', () => {
    const early = { endedAtMs: NOW_MS - 4 * DAY_MS, endReason: 'revoked' };
    const [lane] = lanes([reviewed('Ana', 'dataset:penguins', 5 * DAY_MS, 3 * DAY_MS, early)]);
    const [bar] = lane?.bars ?? [];
    expect(bar === undefined ? 0 : (bar.to - bar.from) / (bar.plannedTo - bar.from)).toBeCloseTo(1 / 3, 1);
  });

  it('marks the last use within what was taken, and none where there was none', () => {
    const [lane] = lanes([
      reviewed('Ana', 'dataset:penguins', 9 * DAY_MS, DAY_MS, { uses: 0, lastUsedAtMs: null }),
      reviewed('Ana', 'dataset:penguins', 2 * DAY_MS, DAY_MS, { lastUsedAtMs: NOW_MS + DAY_MS }),
    ]);
    const [unused, used] = lane?.bars ?? [];
    expect(unused?.usedAt).toBeNull();
    expect(used?.usedAt).toBe(used?.to);
  });

  it('puts what is to be answered first, then names as people count', () => {
    const all = [
      reviewed('Person 10', 'dataset:penguins', DAY_MS, HOUR_MS),
      reviewed('Person 9', 'dataset:penguins', DAY_MS, HOUR_MS),
      reviewed('Zoe', 'dataset:penguins', DAY_MS, HOUR_MS, { findings: [finding('zoe')] }),
      reviewed('Amy', 'dataset:penguins', DAY_MS, HOUR_MS, { findings: [finding('amy', { answer: 'cleared' })] }),
    ];
    expect(lanes(all).map(({ name }) => name)).toEqual(['Zoe', 'Amy', 'Person 9', 'Person 10']);
    expect(lanes(all, 'resource').map(({ name, open }) => [name, open])).toEqual([['Palmer penguins', 1]]);
  });

  it('keeps two people of one name apart', () => {
    const both = ['ana-1', 'ana-2'].map((person) =>
      reviewed('Ana Silva', 'dataset:penguins', DAY_MS, HOUR_MS, { person }),
    );
    expect(lanes(both).map(({ name }) => name)).toEqual(['Ana Silva', 'Ana Silva']);
  });

  it('marks an open finding before one that is followed up, and that before a cleared one', () => {
    const marks = (...answers: ('open' | 'cleared' | 'follow_up')[]) =>
      lanes([
        reviewed('Ana', 'dataset:penguins', DAY_MS, HOUR_MS, {
          findings: answers.map((answer, index) => finding(`f${index}`, { answer })),
        }),
      ])[0]?.bars[0]?.mark;
    expect([marks(), marks('cleared'), marks('cleared', 'follow_up'), marks('follow_up', 'open')]).toEqual([
      null,
      'cleared',
      'follow_up',
      'open',
    ]);
  });
});

describe('the sentence of a finding', () => {
  it('says the numbers of the broker', () => {
    const told = REVIEW.accesses.flatMap(({ findings }) => findings.map(findingSentence));
    expect(told).toEqual([
      expect.stringMatching(
        /^Used Sunday.*03:12.* \(Europe\/Lisbon\), outside of the hours that are usual for them\.$/,
      ),
      '48 GB read, where 1.2 GB is usual for them.',
      'Taken in an emergency, without anybody’s approval.',
      'Held for 3 days, and never used.',
      'They were refused this 2 times before, last 3 days before.',
      'Extended 4 times in a row, to 6 days in all.',
    ]);
  });

  it('does without what is missing or strange', () => {
    for (const { findings } of REVIEW.accesses) {
      for (const each of findings) {
        const odd = {
          ...each,
          facts: {
            time: '03:12',
            weekday: 1e9,
            bytes: 'many',
            held_minutes: 1e300,
            total_minutes: 1e14,
            days_before: 1e14,
          },
        };
        expect(findingSentence(odd)).toMatch(/^[A-Z].*\.$/);
        expect(findingSentence(odd)).not.toMatch(/null|undefined|NaN|Invalid/);
      }
    }
  });
});
