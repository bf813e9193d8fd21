// Replaces personal keys, at any depth, in JSON Lines streams and in JSON documents. Fails closed.
import { CannotMaskError, decodeUtf8, MASK, type PersonalNames } from './masking.ts';

const MAX_DEPTH = 100;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
/** Numbers keep the digits that they came with: an id of 20 digits is not a double. */
type RawJson = { readonly rawJSON: (text: string) => Json };
type SourceReviver = (this: unknown, key: string, value: Json, context: { readonly source?: string }) => Json;

const rawJson = (JSON as unknown as RawJson).rawJSON;
const keepDigits: SourceReviver = (_key, value, context) =>
  typeof value === 'number' && context.source !== undefined && context.source !== String(value)
    ? rawJson(context.source)
    : value;

function isRaw(value: object): boolean {
  return (JSON as unknown as { isRawJSON: (value: object) => boolean }).isRawJSON(value);
}

/** Replaces in place, gives the number of replaced values. */
function maskWithin(value: unknown, personal: PersonalNames, depth: number): number {
  if (typeof value !== 'object' || value === null || isRaw(value)) return 0;
  if (depth > MAX_DEPTH) throw new CannotMaskError('nested too deeply');
  let replaced = 0;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && personal.has(key)) {
      Object.defineProperty(value, key, { value: MASK, enumerable: true });
      replaced += 1;
    } else replaced += maskWithin(inner, personal, depth + 1);
  }
  return replaced;
}

function maskText(
  text: string,
  personal: PersonalNames,
): { readonly masked: string; readonly replaced: number; readonly isObject: boolean } {
  let value: unknown;
  try {
    value = JSON.parse(text, keepDigits as never);
  } catch {
    throw new CannotMaskError('not JSON');
  }
  const replaced = maskWithin(value, personal, 0);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !isRaw(value);
  return { masked: JSON.stringify(value), replaced, isObject };
}

async function* lines(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<readonly string[]> {
  let open = '';
  let first = true;
  for await (const text of decodeUtf8(source)) {
    const parts = (open + (first ? text.replace(/^\ufeff/, '') : text)).split('\n');
    if (text.length > 0) first = false;
    open = parts.pop() ?? '';
    if (open.length > maxBytes) throw new CannotMaskError('a line is too long');
    if (parts.length > 0) yield parts;
  }
  yield [open];
}

/**
 * Masks JSON Lines in UTF-8: one object a line, blank lines dropped. Refuses lines that are no objects, and a stream
 * whose first object has no personal key at any depth. A personal key's value is replaced whole, whatever it is.
 */
export async function* maskJsonLines(
  source: AsyncIterable<Uint8Array>,
  personal: PersonalNames,
  maxLineBytes: number,
): AsyncGenerator<Uint8Array> {
  let seen = false;
  for await (const batch of lines(source, maxLineBytes)) {
    let out = '';
    for (const line of batch) {
      if (line.trim() === '') continue;
      const { masked, replaced, isObject } = maskText(line, personal);
      if (!isObject || (!seen && replaced === 0)) throw new CannotMaskError('not rows with personal keys');
      seen = true;
      out += `${masked}\n`;
    }
    if (out !== '') yield Buffer.from(out);
  }
  if (!seen) throw new CannotMaskError('no rows');
}

/** Masks one JSON document, held in memory up to `maxBytes`. Refuses a larger one and one without any personal key. */
export async function* maskJsonDocument(
  source: AsyncIterable<Uint8Array>,
  personal: PersonalNames,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let text = '';
  for await (const part of decodeUtf8(source)) {
    text += part;
    if (text.length > maxBytes) throw new CannotMaskError('too large to mask');
  }
  const { masked, replaced } = maskText(text.replace(/^\ufeff/, ''), personal);
  if (replaced === 0) throw new CannotMaskError('no personal key');
  yield Buffer.from(masked);
}
