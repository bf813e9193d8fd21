// Makes words of other people harmless to read: no control or bidi characters, no invisible ones, a bounded length.
// Everything that arrives in the window goes through it once, also what the main process cleaned already.

/** More than this of one text is never kept in the page. */
const MOST_CHARACTERS = 4000;

// Control characters, what reorders the text beside it, and what has no shape of its own. Line breaks stay, and so do
// the joiners that Persian and Hindi are written with, and the mark that makes a sign an emoji.
const HARMFUL = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\u{FE0F}\n\u{200C}\u{200D}]]/gv;
const LONE_SURROGATE = /\p{Surrogate}/gu;
// A heap of marks on one letter climbs over the lines around it.
const MARKS = /(\p{M}{4})\p{M}+/gu;

export function cleanText(text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return cut.replaceAll('\t', ' ').replace(HARMFUL, '').replace(LONE_SURROGATE, '').replace(MARKS, '$1');
}

/** The same value with every text in it cleaned. Takes plain data, as it came over the bridge. */
export function cleanDeep<T>(value: T): T {
  return cleanUnknown(value) as T; // The shape is kept: only texts change.
}

function cleanUnknown(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanUnknown);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cleanUnknown(each)]));
}
