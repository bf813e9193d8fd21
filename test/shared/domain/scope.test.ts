// The laws of scopes: narrowing and intersecting only ever take away, and say so when nothing is left.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  intersectScopes,
  narrowScope,
  normaliseActions,
  scopeDocument,
  type Narrowing,
  type Scope,
} from '#shared/domain/scope.ts';
import { HOUR_MS } from '#shared/domain/time.ts';

const ACTIONS = ['read', 'read_pii', 'export', 'invoke', 'stream'];
const base: Scope = {
  subject: 'sub_a',
  device: 'device-a',
  resource: 'dataset:a',
  catalogHash: 'hash',
  actions: ['export', 'read', 'read_pii'],
  purpose: 'evaluation',
  durationMs: HOUR_MS,
  startAtMs: null,
  breakGlass: false,
};

const actions = fc.subarray(ACTIONS, { minLength: 1 }).map(normaliseActions);
const durationMs = fc.integer({ min: 1, max: 1000 });
const scope: fc.Arbitrary<Scope> = fc.record({
  subject: fc.constant('sub_a'),
  device: fc.constant('device-a'),
  resource: fc.constant('dataset:a'),
  catalogHash: fc.constant('hash'),
  actions,
  purpose: fc.constant('evaluation'),
  durationMs,
  startAtMs: fc.constant(null),
  breakGlass: fc.constant(false),
});
const narrowing: fc.Arbitrary<Narrowing> = fc.record(
  {
    actions: fc.array(fc.constantFrom(...ACTIONS, 'unheard-of'), { maxLength: 4 }),
    durationMs: fc.integer({ min: -5, max: 1200 }),
  },
  { requiredKeys: [] },
);

function isWithin(inner: Scope, outer: Scope): boolean {
  const { actions: innerActions, durationMs: innerMs, ...innerRest } = inner;
  const { actions: outerActions, durationMs: outerMs, ...outerRest } = outer;
  return (
    innerActions.length > 0 &&
    innerActions.every((action) => outerActions.includes(action)) &&
    innerMs > 0 &&
    innerMs <= outerMs &&
    JSON.stringify(innerRest) === JSON.stringify(outerRest)
  );
}

describe('narrowing', () => {
  it('never gives anything that was not there, whatever is asked', () => {
    fc.assert(
      fc.property(scope, narrowing, (whole, less) => {
        const narrowed = narrowScope(whole, less);
        if (narrowed.ok) expect(isWithin(narrowed.value, whole)).toBe(true);
      }),
    );
  });

  it('gives exactly what is asked when that is a part', () => {
    fc.assert(
      fc.property(
        scope,
        fc.infiniteStream(fc.boolean()),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (whole, keep, share) => {
          const part = whole.actions.filter(() => keep.next().value);
          const shorterMs = Math.ceil(whole.durationMs * share);
          const narrowed = narrowScope(whole, { actions: part, durationMs: shorterMs });
          expect(narrowed).toEqual(
            part.length === 0
              ? { ok: false, error: 'empty_scope' }
              : { ok: true, value: { ...whole, actions: part, durationMs: shorterMs } },
          );
        },
      ),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(scope, narrowing, (whole, less) => {
        const once = narrowScope(whole, less);
        if (once.ok) expect(narrowScope(once.value, less)).toEqual(once);
      }),
    );
  });

  it('to nothing new leaves the scope as it is', () => {
    expect(narrowScope(base, {})).toEqual({ ok: true, value: base });
    expect(narrowScope(base, { actions: base.actions, durationMs: base.durationMs })).toEqual({
      ok: true,
      value: base,
    });
  });

  it('reads a list of actions as a set', () => {
    expect(narrowScope(base, { actions: ['read', 'export', 'read'] })).toEqual({
      ok: true,
      value: { ...base, actions: ['export', 'read'] },
    });
  });

  it.each<[string, Narrowing, string]>([
    ['an action that was not asked for', { actions: ['read', 'invoke'] }, 'wider_than_scope'],
    ['a millisecond more', { durationMs: HOUR_MS + 1 }, 'wider_than_scope'],
    ['a wider part beside an empty one', { actions: [], durationMs: HOUR_MS + 1 }, 'wider_than_scope'],
    ['no action', { actions: [] }, 'empty_scope'],
    ['no time', { durationMs: 0 }, 'empty_scope'],
    ['less than no time', { durationMs: -1 }, 'empty_scope'],
  ])('refuses %s', (_, less, error) => {
    expect(narrowScope(base, less)).toEqual({ ok: false, error });
  });
});

describe('the intersection', () => {
  it('is within every scope, and holds every action that all of them have', () => {
    fc.assert(
      fc.property(scope, fc.array(scope, { maxLength: 4 }), (first, rest) => {
        const all = [first, ...rest];
        const common = ACTIONS.filter((action) => all.every((one) => one.actions.includes(action)));
        const result = intersectScopes(first, rest);
        if (!result.ok) {
          expect([result.error, common]).toEqual(['empty_scope', []]);
          return;
        }
        for (const one of all) expect(isWithin(result.value, one)).toBe(true);
        expect([...result.value.actions]).toEqual(common.toSorted());
        expect(result.value.durationMs).toBe(Math.min(...all.map((one) => one.durationMs)));
      }),
    );
  });

  it('does not depend on the order, and taking one in again changes nothing', () => {
    fc.assert(
      fc.property(scope, fc.array(scope, { minLength: 1, maxLength: 4 }), fc.nat(), (first, rest, seed) => {
        const result = intersectScopes(first, rest);
        const turn = seed % rest.length;
        expect(intersectScopes(first, [...rest.slice(turn), ...rest.slice(0, turn)])).toEqual(result);
        const [second = first, ...others] = rest;
        expect(intersectScopes(second, [first, ...others])).toEqual(result);
        if (result.ok) expect(intersectScopes(result.value, [first, ...rest])).toEqual(result);
        expect(intersectScopes(first, [first])).toEqual({ ok: true, value: first });
      }),
    );
  });

  it('of one scope is that scope', () => {
    expect(intersectScopes(base, [])).toEqual({ ok: true, value: base });
  });
});

describe('the document that is hashed', () => {
  it('differs whenever any part of the scope differs', () => {
    const others: readonly Partial<Scope>[] = [
      { subject: 'sub_b' },
      { device: 'device-b' },
      { resource: 'dataset:b' },
      { catalogHash: 'other' },
      { actions: ['read'] },
      { purpose: 'training' },
      { durationMs: HOUR_MS - 1 },
      { startAtMs: 0 },
    ];
    const texts = [base, ...others.map((other) => ({ ...base, ...other }))].map((one) =>
      JSON.stringify(scopeDocument(one)),
    );
    expect(new Set(texts).size).toBe(others.length + 1);
  });
});
