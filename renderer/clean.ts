// Makes words of other people harmless to read: no control or bidi characters, no invisible ones, a bounded length.
// Everything that arrives in the window goes through it once, also what the main process cleaned already.

/** More than this of one text is never kept in the page. */
const MOST_CHARACTERS = 4000;

// Line breaks stay, and the joiners that Persian and Hindi are written with. Everything else that has no shape of its own can reorder or hide what stands beside it.
const HARMFUL =
  // oxlint-disable-next-line no-control-regex -- because these are what must go
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u2028-\u202F\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;
// A heap of marks on one letter climbs over the lines around it.
const MARKS = /(\p{M}{4})\p{M}+/gu;

export function cleanText(text: string): string {
  const cut = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return cut.replace(HARMFUL, '').replace(LONE_SURROGATE, '').replace(MARKS, '$1');
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
