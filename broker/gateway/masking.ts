// What masking is: the mask itself, how names are compared, and the error that says that it cannot be done.

/** A constant, not a hash: equal people must not be recognisable by equal masks. */
export const MASK = '[masked]';

/** Thrown inside a masking stream. Its message never contains data. */
export class CannotMaskError extends Error {
  override readonly name = 'CannotMaskError';
}

export type PersonalNames = {
  readonly has: (name: string) => boolean;
  /** Whether every personal name is among these. */
  readonly allIn: (names: readonly string[]) => boolean;
};

/** Neither invisible characters nor the ways to join words make a name another one: `Last Name` is `last_name`. */
function fold(name: string): string {
  return name
    .normalize('NFKC')
    .replace(/[\p{Cf}\s_-]/gu, '')
    .toLowerCase();
}

/** Names are compared whole, without case, space, `_`, `-`, Unicode form and invisible characters (such as a BOM). */
export function personalNames(columns: readonly string[]): PersonalNames {
  const folded = new Set(columns.map(fold));
  return {
    has: (name) => folded.has(fold(name)),
    allIn: (names) => {
      const there = new Set(names.map(fold));
      return [...folded].every((name) => there.has(name));
    },
  };
}

/** Decodes strictly: a byte that is not UTF-8 could hide a column's name. Keeps a byte-order mark for the reader to strip. */
export async function* decodeUtf8(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch {
      throw new CannotMaskError('not UTF-8');
    }
  };
  for await (const chunk of source) yield decode(chunk);
  yield decode();
}
