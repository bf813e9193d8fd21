// Makes the data of an event that is too large for a record smaller: its lists get short and say how many items are
// left out. Ids, numbers and hashes stay whole, so what it is about and the hash of the whole are never cut.

/** So many items of each list are kept, fewer and fewer until the record fits. */
const KEPT_ITEMS = [100, 30, 10, 3] as const;
const MOST_CHARACTERS = 200;

/** The same data with shorter and shorter lists. Takes plain JSON data, gives new data. */
export function* shortened<T extends object>(data: T): Generator<T> {
  // Lists keep their type, objects their fields: what comes out is of the same shape.
  for (const kept of KEPT_ITEMS) yield withShortLists(data, kept) as T;
}

function withShortLists(value: unknown, kept: number): unknown {
  if (Array.isArray(value)) return shortList(value, kept);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withShortLists(item, kept)]));
}

function shortList(items: readonly unknown[], kept: number): readonly unknown[] {
  const short = items.slice(0, kept).map((item) => (typeof item === 'string' ? shortText(item) : item));
  const isOfText = items.every((item) => typeof item === 'string');
  return items.length > kept && isOfText ? [...short, `… and ${items.length - kept} more`] : short;
}

function shortText(text: string): string {
  // A cut may fall between the two halves of a character.
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1).toWellFormed()}…` : text;
}
