import { describe, expect, it } from 'vitest';
import { pauseAfter } from '#shared/sinks/backoff.ts';
import { judgeAnswer, readRetryAfter } from '#shared/sinks/judge-answer.ts';
import { failed } from '#shared/sinks/target.ts';
import { SINK_TIMES } from '#shared/sinks/times.ts';

const NOW = Date.parse('2026-11-22T17:00:00Z');
const answered = (status: number, retryAfter: string | null = null) =>
  judgeAnswer({ kind: 'answered', status, retryAfter, body: null }, NOW);

describe('an answer of a receiver', () => {
  it('counts only with a 2xx, and is never final but for what a record says', () => {
    const kinds = new Map<string, number[]>();
    for (let status = 200; status < 600; status += 1) {
      const outcome = answered(status);
      const said =
        outcome.kind === 'failed' ? `${outcome.code}${outcome.needsPerson ? ', a person' : ''}` : outcome.kind;
      kinds.set(said, [...(kinds.get(said) ?? []), status]);
    }
    const short = (statuses: readonly number[] = []) =>
      statuses.length > 8 ? [statuses[0], statuses.at(-1), statuses.length] : statuses;
    expect(Object.fromEntries([...kinds].map(([said, statuses]) => [said, short(statuses)]))).toEqual({
      accepted: [200, 299, 100],
      'redirected, a person': [300, 399, 100],
      refused: [400, 413, 422],
      'unauthorized, a person': [401, 403, 407],
      'not_found, a person': [404, 405, 410],
      timed_out: [408],
      rate_limited: [429],
      unavailable: [500, 502, 503, 504],
      'refused, a person': [402, 499, 89],
      'unavailable, a person': [501, 599, 96],
    });
  });

  it('passes on what the receiver asks for, whatever it refuses with', () => {
    for (const status of [401, 404, 408, 418, 429, 500, 503])
      expect(answered(status, '7'), `${status}`).toMatchObject({ retryAfterMs: 7000 });
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 5 ', 5000],
    ['-5', null],
    ['1e3', null],
    ['soon', null],
    ['', null],
    ['Sun, 22 Nov 2026 17:00:30 GMT', 30_000],
    ['Sunday, 22-Nov-26 17:00:30 GMT', 30_000],
    ['Sun, 22 Nov 2026 16:59:00 GMT', null],
    ['2026-11-22T18:00:00Z', null],
  ])('that asks to come back after %j is read as %j ms', (text, waitMs) => {
    expect(readRetryAfter(text, NOW)).toBe(waitMs);
  });
});

describe('the pause after a failure', () => {
  it('grows to five minutes, is spread by chance, and is what the receiver asked for within an hour', () => {
    const passing = failed('unavailable');
    const pauses = [1, 2, 3, 9, 10, 1000].map((attempts) => pauseAfter(passing, attempts, SINK_TIMES, 1));
    expect(pauses).toEqual([1000, 2000, 4000, 256_000, 300_000, 300_000]);
    expect(pauseAfter(passing, 3, SINK_TIMES, 0)).toBe(2000);
    expect(pauseAfter(failed('unauthorized', true), 1, SINK_TIMES, 1)).toBe(30_000);
    expect(pauseAfter(failed('rate_limited', false, 600_000), 1, SINK_TIMES, 0.5)).toBe(600_500);
    expect(pauseAfter(failed('rate_limited', false, 1e15), 1, SINK_TIMES, 0)).toBe(3_600_000);
    expect(pauseAfter(failed('rate_limited', false, 10), 1, SINK_TIMES, 0)).toBe(500);
  });
});
