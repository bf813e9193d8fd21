import { describe, expect, it } from 'vitest';
import { createDeadlines, type Deadlines } from '#electron/agent/time/deadlines.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '#shared/domain/time.ts';
import { createHandTimers, type HandTimers } from '#test/support/hand-timers.ts';

type Clockwork = { nowMs: number; readonly timers: HandTimers; readonly deadlines: Deadlines; readonly ran: string[] };

function clockwork(): Clockwork {
  const timers = createHandTimers((byMs) => (made.nowMs += byMs));
  const made: Clockwork = { nowMs: 0, timers, ran: [], deadlines: createDeadlines({ now: () => made.nowMs, timers }) };
  return made;
}

describe('deadlines', () => {
  it('run at their time, in order, and leave no timer when there is none', () => {
    const c = clockwork();
    c.deadlines.set('late', 2 * HOUR_MS, () => c.ran.push('late'));
    c.deadlines.set('soon', HOUR_MS, () => c.ran.push('soon'));
    c.timers.pass(HOUR_MS - 1);
    expect(c.ran).toEqual([]);
    c.timers.pass(1);
    expect(c.ran).toEqual(['soon']);
    c.timers.pass(HOUR_MS);
    expect(c.ran).toEqual(['soon', 'late']);
    expect(c.timers.pending()).toBe(0);
  });

  it('never arm a timer for longer than a tick: Node would fire one past 2^31 ms at once', () => {
    const c = clockwork();
    c.deadlines.set('far', 60 * DAY_MS, () => c.ran.push('far'));
    expect(c.timers.longestDelayMs()).toBe(15 * SECOND_MS);
    c.timers.pass(HOUR_MS);
    expect(c.ran).toEqual([]);
  });

  it('are noticed within a tick when the clock moved and nobody said so, and at once when somebody does', () => {
    const c = clockwork();
    c.deadlines.set('one', HOUR_MS, () => c.ran.push('one'));
    c.deadlines.set('other', 3 * HOUR_MS, () => c.ran.push('other'));
    c.nowMs += 2 * HOUR_MS;
    c.timers.pass(15 * SECOND_MS);
    expect(c.ran).toEqual(['one']);
    c.nowMs += 2 * HOUR_MS;
    c.deadlines.recheck();
    expect(c.ran).toEqual(['one', 'other']);
  });

  it('run a thousand that are due at once in one look, in order of their times', () => {
    const c = clockwork();
    for (let index = 999; index >= 0; index -= 1)
      c.deadlines.set(`${index}`, 1000 + index, () => c.ran.push(`${index}`));
    expect(c.timers.pending()).toBe(1);
    c.nowMs = DAY_MS;
    c.deadlines.recheck();
    expect(c.ran).toEqual(Array.from({ length: 1000 }, (_, index) => `${index}`));
    expect(c.deadlines.count()).toBe(0);
  });

  it('can be moved, cleared and set from one that runs', () => {
    const c = clockwork();
    c.deadlines.set('first', 10, () => {
      c.deadlines.clear('second');
      c.deadlines.set('third', 30, () => c.ran.push('third'));
      c.ran.push('first');
    });
    c.deadlines.set('second', 20, () => c.ran.push('second'));
    c.deadlines.set('moved', 5, () => c.ran.push('too early'));
    c.deadlines.set('moved', 40, () => c.ran.push('moved'));
    c.timers.pass(100);
    expect(c.ran).toEqual(['first', 'third', 'moved']);
  });

  it('go on after one that threw', () => {
    const c = clockwork();
    c.deadlines.set('broken', 10, () => {
      throw new Error('broken');
    });
    c.deadlines.set('next', 20, () => c.ran.push('next'));
    expect(() => c.timers.pass(10)).toThrow('broken');
    c.timers.pass(15 * SECOND_MS);
    expect(c.ran).toEqual(['next']);
  });

  it('closed, forget everything', () => {
    const c = clockwork();
    c.deadlines.set('one', 10, () => c.ran.push('one'));
    c.deadlines.close();
    expect(c.timers.pending()).toBe(0);
    c.timers.pass(100);
    expect(c.ran).toEqual([]);
  });
});
