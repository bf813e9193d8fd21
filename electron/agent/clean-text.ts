// Words of other people, made fit to be shown: no control characters, nothing that turns the direction of what follows,
// no more than there is room for. Letters of all scripts and emoji stay.

/** Of format characters only the joiners stay: emoji and several scripts are written with them. Fillers make blank names. */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/gu;
const LINE_ENDS = /\r\n?|[\n\u0085\u2028\u2029]/g;
/** A tower of marks on one letter paints over its neighbours. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;
const JOINER_RUNS = /[\u200c\u200d]{2,}/g;
/** Flags of regions (as England's) are written with tag characters after a black flag. */
const TAGGED_FLAG = /\u{1f3f4}[\u{e0020}-\u{e007e}]{1,8}\u{e007f}/gu;

/** What most names are: nothing in it to clean, and a thousand of them are looked at for each snapshot. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

export const SHORT_TEXT = 160;
export const LONG_TEXT = 2000;

/** One line: every run of white space becomes a space. Longer than `most` characters: cut, with an ellipsis. */
export function cleanLine(text: string, most: number = SHORT_TEXT): string {
  if (text.length <= most && PLAIN.test(text)) return text;
  return cut(stripped(bounded(text, most).replace(/\s+/gu, ' ')).trim(), most);
}

/** Several lines: line ends and tabs stay, at most one empty line in a row. */
export function cleanText(text: string, most: number = LONG_TEXT): string {
  const lines = bounded(text, most)
    .replace(LINE_ENDS, '\n')
    .split('\n')
    .map((line) => stripped(line.replaceAll('\t', ' ')).trimEnd());
  return cut(
    lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    most,
  );
}

/** A hostile megabyte is not worth a pass of regular expressions: only what may remain is looked at. */
function bounded(text: string, most: number): string {
  return text.length > most * 8 ? text.slice(0, most * 8) : text;
}

function stripped(line: string): string {
  const flags: string[] = [];
  const kept = line
    // Private-use characters are stripped below, so none of the text's own can be taken for a mark.
    .replace(/[\ue000-\ue0ff]/gu, '')
    .replace(TAGGED_FLAG, (flag) => (flags.length < 256 ? String.fromCodePoint(0xe000 + flags.push(flag) - 1) : ''));
  return kept
    .replace(INVISIBLE, (character) => flags[character.charCodeAt(0) - 0xe000] ?? '')
    .replace(STACKED_MARKS, '$1')
    .replace(JOINER_RUNS, '\u200d');
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Never cuts through what a person sees as one character. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let end = 0;
  for (const { index, segment } of segmenter.segment(text.slice(0, most + 64))) {
    if (index + segment.length > most - 1) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}
