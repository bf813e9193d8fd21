// Words of other people before they are shown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText } from '#electron/agent/clean-text.ts';

const HOSTILE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

describe('words of somebody else', () => {
  it('keep letters of all scripts, emoji, flags and joined emoji as they are', () => {
    for (const text of [
      'Zoë Ångström',
      'สวัสดีครับ',
      'नमस्ते दुनिया',
      'مرحبا بالعالم',
      'می‌خواهم',
      'שלום',
      '日本語',
      '👩🏽‍🔬 🏳️‍🌈 🇵🇹',
      '🏴󠁧󠁢󠁥󠁮󠁧󠁿 ⚽',
    ])
      expect(cleanLine(text)).toBe(text);
  });

  it('lose what turns the direction, hides, or stacks', () => {
    expect(cleanLine('safe\u202Efdp.exe')).toBe('safefdp.exe');
    expect(cleanLine('a\u2066b\u2069c\u200Bd\u00ADe')).toBe('abcde');
    expect(cleanLine('\u3164\u115F\u2800')).toBe('');
    expect(cleanLine(`Z${'\u0351'.repeat(60)}o`)).toBe(`Z${'\u0351'.repeat(4)}o`);
    expect(cleanLine('a\u{e0041}\u{e0042}b')).toBe('ab');
    expect(cleanLine('one\r\ntwo\tthree\u0000\u001b[31m')).toBe('one two three[31m');
  });

  it('keep their lines where lines have room, and no more than one empty one', () => {
    expect(cleanText('one\r\n\r\n\r\n\r\ntwo\u2028three')).toBe('one\n\ntwo\nthree');
  });

  it('are cut between what a person sees as characters', () => {
    const cut = cleanLine('👩🏽‍🔬'.repeat(100), 50);
    expect(cut.length).toBeLessThanOrEqual(50);
    expect(cut.replace(/(?:👩🏽‍🔬)+…$/u, '')).toBe('');
  });

  it('of a megabyte cost little and come out short', () => {
    expect(cleanText('\u202E<b>x</b>'.repeat(100_000)).length).toBeLessThanOrEqual(2000);
  });

  it('never come out hostile, ill-formed or longer than allowed', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 200 }), (words, most) => {
        const line = cleanLine(words, most);
        expect(line).not.toMatch(HOSTILE);
        expect(line.isWellFormed()).toBe(true);
        expect(line.length).toBeLessThanOrEqual(most);
        expect(cleanText(words, most).replaceAll('\n', '')).not.toMatch(HOSTILE);
      }),
      { numRuns: 500 },
    );
  });
});
