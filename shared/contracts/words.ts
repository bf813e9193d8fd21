// What people write, as every boundary takes it: text that is text, and fits into one record of the ledger.
import { z } from 'zod';

// oxlint-disable-next-line no-control-regex -- these are what it refuses
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;

/** What a person writes: well-formed Unicode, and no control characters but tab and line ends. */
export const words = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .refine((text) => text.isWellFormed() && !CONTROLS.test(text), 'has characters that are not text')
    .refine((text) => jsonBytes(text) <= MAX_WORDS_BYTES, `is longer than ${MAX_WORDS_BYTES} bytes`);

/** All words of one call are sealed into one record of the ledger, and a record has at most 8 KiB. */
const MAX_WORDS_BYTES = 3600;

function jsonBytes(text: string): number {
  let bytes = 0;
  for (const character of JSON.stringify(text)) {
    const point = character.codePointAt(0) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
