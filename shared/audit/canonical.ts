// Canonical JSON (RFC 8785): the only way in which a record becomes bytes.
import canonicalize from 'canonicalize';

/**
 * Gives the canonical JSON of plain data. Throws on what JSON cannot say: undefined, NaN, lone surrogates, cycles.
 * `JSON.stringify` writes strings and numbers as RFC 8785 asks, so for objects whose keys are in order already it is
 * the same and several times faster; everything else goes through the library.
 */
export function canonicalJson(value: unknown): string {
  const text = isOrdered(value, 0) ? JSON.stringify(value) : canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

const MAX_DEPTH = 32;

function isOrdered(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'boolean' || value === null) return true;
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isOrdered(item, depth + 1));
  return isPlain(value) && hasOrderedKeys(value, depth);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
}

function hasOrderedKeys(value: object, depth: number): boolean {
  const fields = value as Readonly<Record<string, unknown>>;
  let before: string | null = null;
  for (const key of Object.keys(fields)) {
    // Integer keys come first in a JavaScript object, whatever order they were written in.
    if ((before !== null && key <= before) || startsWithDigit(key) || !key.isWellFormed()) return false;
    if (!isOrdered(fields[key], depth + 1)) return false;
    before = key;
  }
  return true;
}

function startsWithDigit(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}
