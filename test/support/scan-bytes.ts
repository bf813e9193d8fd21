// Looks for a text in the bytes of files, as it is and encoded once more. Says nothing of what is compressed or encrypted.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** As UTF-8, UTF-16, hex of either case, and base64 of both alphabets at all three offsets. */
export function formsOfText(text: string): readonly Buffer[] {
  const hex = Buffer.from(text).toString('hex');
  const forms = [
    Buffer.from(text),
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    ...(['base64', 'base64url'] as const).flatMap((encoding) =>
      [0, 1, 2].map((shift) => inside(text, shift, encoding)),
    ),
  ];
  return forms.filter((form, at) => forms.findIndex((other) => other.equals(form)) === at);
}

/** The characters that do not depend on what stands before and after. */
function inside(text: string, shift: number, encoding: 'base64' | 'base64url'): Buffer {
  const encoded = Buffer.from('x'.repeat(shift) + text)
    .toString(encoding)
    .replaceAll('=', '');
  return Buffer.from(encoded.slice(4, -4), 'latin1');
}

export function holdsText(bytes: Buffer, forms: readonly Buffer[]): boolean {
  return forms.some((form) => bytes.includes(form));
}

/** The files under the folder that hold any form of the text, relative to it. Files that go meanwhile hold nothing. */
export function filesHoldingText(folder: string, text: string): readonly string[] {
  const forms = formsOfText(text);
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return entry.isFile() && holdsText(bytesOf(file), forms) ? [path.relative(folder, file)] : [];
  });
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
