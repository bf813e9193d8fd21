import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anchorTime,
  type ClockJump,
  lookForJump,
  marksNow,
  startTime,
  type TimeState,
  trustedNow,
} from '#electron/agent/time/trusted-time.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';

const START = Date.parse('2026-11-24T09:00:00Z');
const IN_2099 = Date.parse('2099-01-01T00:00:00Z');

/** A machine whose true time the test knows. */
type Machine = { trueMs: number; wallOffMs: number; bootedAtMs: number; boot: number };
const reading = (m: Machine) => ({ wallMs: m.trueMs + m.wallOffMs, bootMs: m.trueMs - m.bootedAtMs });
const machine = (): Machine => ({ trueMs: START, wallOffMs: 0, bootedAtMs: START - HOUR_MS, boot: 1 });
const started = (m: Machine): TimeState => startTime(null, `boot ${m.boot}`, reading(m)).state;

describe('trusted time', () => {
  it('goes on when the wall clock is set back, once the broker has signed a time', () => {
    const m = machine();
    const { state } = anchorTime(started(m), m.trueMs, reading(m));
    m.wallOffMs = -2 * HOUR_MS;
    m.trueMs += MINUTE_MS;
    expect(trustedNow(state, reading(m))).toBe(m.trueMs);
  });

  it('follows a wall clock that is ahead, and forgets it when it comes back', () => {
    const m = machine();
    let { state } = anchorTime(started(m), m.trueMs, reading(m));
    m.wallOffMs = IN_2099 - m.trueMs;
    expect(trustedNow(state, reading(m))).toBe(IN_2099);
    ({ state } = lookForJump(state, reading(m)));
    const stored = marksNow(state, reading(m));
    m.wallOffMs = 0;
    expect(trustedNow(state, reading(m))).toBe(m.trueMs);
    const next = startTime(stored, 'another boot', { ...reading(m), bootMs: 0 });
    expect(trustedNow(next.state, { ...reading(m), bootMs: 0 })).toBe(m.trueMs);
  });

  it('tells a jump of more than a day once, forward and back, and not less', () => {
    const m = machine();
    let state = started(m);
    const look = (): ClockJump | null => {
      const looked = lookForJump(state, reading(m));
      state = looked.state;
      return looked.jump;
    };
    m.wallOffMs = 23 * HOUR_MS;
    expect(look()).toBeNull();
    m.wallOffMs = 25 * HOUR_MS;
    expect(look()).toMatchObject({ byMs: 25 * HOUR_MS });
    expect(look()).toBeNull();
    m.wallOffMs = 0;
    expect(look()).toMatchObject({ byMs: -25 * HOUR_MS });
  });

  it('takes a long sleep for time that passed', () => {
    const m = machine();
    const state = started(m);
    m.trueMs += 9 * DAY_MS;
    expect(lookForJump(state, reading(m)).jump).toBeNull();
  });

  it('finds a jump that happened while the program did not run', () => {
    const m = machine();
    const stored = marksNow(started(m), reading(m));
    m.trueMs += HOUR_MS;
    m.wallOffMs = -3 * DAY_MS;
    expect(startTime(stored, 'boot 1', reading(m)).jump).toMatchObject({ byMs: -3 * DAY_MS });
    m.wallOffMs = 0;
    expect(startTime(stored, 'boot 1', reading(m)).jump).toBeNull();
  });

  it('does not add up small settings of the clock until they are no jump', () => {
    const m = machine();
    let state = started(m);
    const jumps: unknown[] = [];
    for (let step = 0; step < 3; step += 1) {
      m.wallOffMs += 10 * HOUR_MS;
      const stored = marksNow(state, reading(m));
      const looked = lookForJump(startTime(stored, 'boot 1', reading(m)).state, reading(m));
      const found = startTime(stored, 'boot 1', reading(m)).jump ?? looked.jump;
      if (found !== null) jumps.push(found);
      state = looked.state;
    }
    expect(jumps).toHaveLength(1);
  });

  it('asks the broker again after a reboot, and is not behind the mark till then', () => {
    const m = machine();
    const { state } = anchorTime(started(m), m.trueMs, reading(m));
    const stored = marksNow(state, reading(m));
    const rebooted = { wallMs: m.trueMs - 5 * HOUR_MS, bootMs: 10 };
    const next = startTime(stored, 'boot 2', rebooted).state;
    expect(next.marks.anchored).toBe(false);
    expect(trustedNow(next, rebooted)).toBe(m.trueMs);
  });

  it('believes the broker when it says that the mark is years ahead, and tells it as a jump', () => {
    const m = machine();
    const { state } = anchorTime(started(m), IN_2099, reading(m));
    const anchored = anchorTime(state, m.trueMs, reading(m));
    expect(anchored.jump?.byMs).toBe(m.trueMs - IN_2099);
    expect(trustedNow(anchored.state, reading(m))).toBe(m.trueMs);
  });
});

type Step =
  | { readonly kind: 'pass' | 'sleep'; readonly ms: number }
  | { readonly kind: 'set wall'; readonly offMs: number }
  | { readonly kind: 'anchor' | 'look' | 'restart' }
  | { readonly kind: 'reboot'; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('pass' as const, 'sleep' as const),
      ms: fc.integer({ min: 0, max: 3 * DAY_MS }),
    }),
    fc.record({
      kind: fc.constant('set wall' as const),
      offMs: fc.oneof(fc.integer({ min: -5 * DAY_MS, max: 5 * DAY_MS }), fc.constant(IN_2099 - START), fc.constant(0)),
    }),
    fc.record({ kind: fc.constantFrom('anchor' as const, 'look' as const, 'restart' as const) }),
    fc.record({ kind: fc.constant('reboot' as const), ms: fc.integer({ min: 0, max: DAY_MS }) }),
  ),
  { maxLength: 40 },
);

describe('whatever happens to the clocks', () => {
  it('trusted time is never behind the true time in a boot that was anchored, and never ahead of it but by the wall clock', () => {
    fc.assert(
      fc.property(steps, (path: readonly Step[]) => {
        const m = machine();
        let state = started(m);
        let lastLookOffMs = m.wallOffMs;
        let anchoredHere = false;
        for (const step of path) {
          switch (step.kind) {
            case 'pass':
            case 'sleep':
              m.trueMs += step.ms;
              break;
            case 'set wall':
              m.wallOffMs = step.offMs;
              break;
            case 'anchor': {
              const anchored = anchorTime(state, m.trueMs, reading(m));
              // The broker is right in this world, so nothing it says can be a jump.
              expect(anchored.jump).toBeNull();
              state = anchored.state;
              anchoredHere = true;
              break;
            }
            case 'look': {
              const looked = lookForJump(state, reading(m));
              // Every jump since the last one that was told is told now.
              if (Math.abs(m.wallOffMs - lastLookOffMs) > DAY_MS) expect(looked.jump).not.toBeNull();
              if (looked.jump !== null) {
                expect(looked.jump.byMs).toBe(m.wallOffMs - lastLookOffMs);
                lastLookOffMs = m.wallOffMs;
              }
              state = looked.state;
              break;
            }
            case 'restart': {
              const next = startTime(marksNow(state, reading(m)), `boot ${m.boot}`, reading(m));
              if (next.jump !== null) lastLookOffMs = m.wallOffMs;
              state = next.state;
              break;
            }
            case 'reboot': {
              const stored = marksNow(state, reading(m));
              m.trueMs += step.ms;
              m.bootedAtMs = m.trueMs;
              m.boot += 1;
              anchoredHere = false;
              lastLookOffMs = m.wallOffMs;
              state = startTime(stored, `boot ${m.boot}`, reading(m)).state;
              break;
            }
          }
          const now = trustedNow(state, reading(m));
          expect(state.marks.anchored).toBe(anchoredHere);
          if (anchoredHere) expect(now).toBeGreaterThanOrEqual(m.trueMs);
          expect(now).toBeGreaterThanOrEqual(reading(m).wallMs);
          expect(now).toBeLessThanOrEqual(Math.max(m.trueMs, reading(m).wallMs));
        }
      }),
      { numRuns: 500 },
    );
  });
});
