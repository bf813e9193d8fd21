import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '#shared/audit/canonical.ts';
import vectors from '#test/vectors/audit/rfc8785.json' with { type: 'json' };

describe('canonical JSON (RFC 8785)', () => {
  it.each(vectors.documents.map(({ name, input, canonical }) => [name, input, canonical] as const))(
    '%s',
    (_name, input, canonical) => {
      expect(canonicalJson(JSON.parse(input))).toBe(canonical);
    },
  );

  it.each(vectors.numbers.map(([bits, text]) => [bits ?? '', text ?? ''] as const))(
    'writes the double %s as %s',
    (bits, text) => {
      const number = Buffer.from(bits, 'hex').readDoubleBE();
      expect(canonicalJson([number])).toBe(`[${text}]`);
      expect(canonicalJson({ b: number, a: 0 })).toBe(`{"a":0,"b":${text}}`);
    },
  );

  it('says the same as the library of any JSON value, whatever order its keys are in', () => {
    const scrambled = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'grapheme' }), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), scrambled), (value) => {
        const ours = canonicalJson(value);
        expect(ours).toBe(canonicalize(value));
        expect(canonicalJson(JSON.parse(ours))).toBe(ours);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['undefined', undefined],
    ['NaN', { a: Number.NaN }],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a lone surrogate', { a: '\ud800' }],
    ['a lone surrogate in a key', { '\udfff': 1 }],
    ['a big integer', { a: 1n }],
  ])('refuses %s', (_what, value) => {
    expect(() => canonicalJson(value)).toThrow();
  });
});
