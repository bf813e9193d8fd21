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

/** What one masking replaced, and what it met that has no name. */
type Found = { replaced: number; namelessRows: boolean };

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isRaw(value);
}

/** Replaces in place. */
function maskWithin(value: unknown, personal: PersonalNames, depth: number, found: Found): void {
  if (!isNested(value)) return;
  if (depth > MAX_DEPTH) throw new CannotMaskError('nested too deeply');
  if (Array.isArray(value)) {
    if (value.some((inner) => !isNested(inner) || Array.isArray(inner))) found.namelessRows = true;
    for (const inner of value) maskWithin(inner, personal, depth + 1, found);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (personal.has(key)) {
      Object.defineProperty(value, key, { value: MASK, enumerable: true });
      found.replaced += 1;
    } else maskWithin(inner, personal, depth + 1, found);
  }
}

function maskText(
  text: string,
  personal: PersonalNames,
): { readonly masked: string; readonly replaced: number; readonly isObject: boolean; readonly namelessRows: boolean } {
  let value: unknown;
  try {
    value = JSON.parse(text, keepDigits as never);
  } catch {
    throw new CannotMaskError('not JSON');
  }
  const found: Found = { replaced: 0, namelessRows: false };
  maskWithin(value, personal, 0, found);
  return { masked: JSON.stringify(value), isObject: isNested(value) && !Array.isArray(value), ...found };
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
 * Masks JSON Lines in UTF-8: one object a line, blank lines dropped. Refuses a line that is no object, has no
 * personal key at any depth, or has values without names (an array of anything but objects). A personal key's value is replaced whole, whatever it is.
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
      const { masked, replaced, isObject, namelessRows } = maskText(line, personal);
      if (!isObject || replaced === 0 || namelessRows) throw new CannotMaskError('not rows with personal keys');
      seen = true;
      out += `${masked}\n`;
    }
    if (out !== '') yield Buffer.from(out);
  }
  if (!seen) throw new CannotMaskError('no rows');
}

/** Masks one JSON document, held in memory up to `maxBytes`. Refuses a larger one, one without any personal key, and one with values without names. */
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
  const { masked, replaced, namelessRows } = maskText(text.replace(/^\ufeff/, ''), personal);
  if (replaced === 0 || namelessRows) throw new CannotMaskError('no personal key, or values without names');
  yield Buffer.from(masked);
}
