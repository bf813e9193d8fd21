// Canonical JSON (RFC 8785): the only way in which a record becomes bytes.
import canonicalize from 'canonicalize';

/** Gives the canonical JSON of a plain value. Throws on what JSON cannot say: undefined, NaN, lone surrogates, cycles. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
