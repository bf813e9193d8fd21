import { describe, expect, it } from 'vitest';
import { cleanDeep, cleanText } from '#renderer/clean.ts';

describe('words of other people', () => {
  it.each([
    ['bidi overrides and isolates', 'a\u202Eb\u2066c\u2069d\u200Fe\u061Cf', 'abcdef'],
    ['control characters', 'a\u0000b\u0007c\u001Bd\u007Fe\u0085f', 'abcdef'],
    ['carriage returns, but not line breaks', 'a\r\nb', 'a\nb'],
    ['invisible letters and tags', 'a\u200Bb\uFEFFc\u2060d\u{E0041}e\u3164f', 'abcdef'],
    ['line and paragraph separators', 'a\u2028b\u2029c', 'abc'],
    ['lone surrogates', 'a\uD800b', 'ab'],
  ])('lose %s', (_, before, after) => expect(cleanText(before)).toBe(after));

  it('keep letters of all scripts, marks, joiners and emoji', () => {
    for (const text of ['Ærøskøbing', 'می‌خواهم', 'क्‍ष', '東京', 'e\u0301', '❤️', 'שלום'])
      expect(cleanText(text)).toBe(text);
  });

  it('keep no heap of marks on one letter', () =>
    expect(cleanText(`a${'\u0300'.repeat(500)}b`)).toBe(`a${'\u0300'.repeat(4)}b`));

  it('are cut, however long they are, never in the middle of a character', () => {
    expect(cleanText('x'.repeat(1_000_000)).length).toBeLessThan(4100);
    expect(cleanText('😀'.repeat(500_000)).isWellFormed()).toBe(true);
    expect(cleanText(`x${'😀'.repeat(500_000)}`).isWellFormed()).toBe(true);
  });

  it('are cleaned wherever they are in a value, and nothing else changes', () => {
    const value = { a: ['x\u202E', { b: 'y\u0000' }], n: 1, t: true, z: null };
    expect(cleanDeep(value)).toEqual({ a: ['x', { b: 'y' }], n: 1, t: true, z: null });
  });
});
