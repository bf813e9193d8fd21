// Looks for a token and for parts of it, as text and encoded once more, in everything that outlives a moment: files,
// argument lists and environments.
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Desk } from '#test/desktop/open-desktop.ts';
import { processesOf } from './processes.ts';

/** Long enough that no other text has it by chance. */
const PART = 32;

/**
 * What to look for: the signature and two parts of the claims, which no other token has; each also in base64 at all
 * three offsets, in hex and in UTF-16.
 */
export function formsOf(token: string): readonly Buffer[] {
  const [, claims = '', signature = ''] = token.split('.');
  if (signature.length < PART) throw new Error('this is no token');
  // The claims begin alike in all tokens of one broker, so their end is taken, which has the token's own id and times.
  const parts = [signature.slice(0, PART), signature.slice(-PART), claims.slice(-PART)];
  return parts.flatMap((part) => [
    Buffer.from(part, 'latin1'),
    Buffer.from(part, 'utf16le'),
    Buffer.from(Buffer.from(part).toString('hex')),
    ...[0, 1, 2].map((shift) => encodedInside(part, shift)),
  ]);
}

/** The characters of base64 that do not depend on what stands before and after. */
function encodedInside(part: string, shift: number): Buffer {
  const encoded = Buffer.from('x'.repeat(shift) + part).toString('base64');
  return Buffer.from(encoded.slice(4, -4), 'latin1');
}

/** The files of the desk that hold any form: data, home, temporary files, logs and runtime. */
export async function filesHolding(desk: Desk, token: string): Promise<readonly string[]> {
  const root = path.dirname(desk.scratch);
  const forms = formsOf(token);
  const found: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    // The keyring's own file is where it belongs, and encrypted.
    if (await fileHolds(file, forms)) found.push(path.relative(root, file));
  }
  return found;
}

async function fileHolds(file: string, forms: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...forms.map(({ length }) => length));
  let tail = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file)) {
      const bytes = Buffer.concat([tail, chunk as Buffer]);
      if (forms.some((form) => bytes.includes(form))) return true;
      tail = bytes.subarray(-overlap);
    }
  } catch (error) {
    // Chromium's files come and go.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  return false;
}

/** The processes of the desk that show any form in their arguments or environment, by what they were started as. */
export function processesShowing(desk: Desk, token: string): readonly string[] {
  const forms = formsOf(token);
  return processesOf(desk)
    .filter((one) =>
      [one.argv, one.environment].some((text) => forms.some((form) => Buffer.from(text, 'latin1').includes(form))),
    )
    .map(({ argv }) => argv.split('\0')[0] ?? '');
}
