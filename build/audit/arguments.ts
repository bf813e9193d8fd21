// Reads the arguments of the audit commands: nothing that was given may silently count for nothing.
import { readFile } from 'node:fs/promises';

/** Said to whoever called, with the usage. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

const FINGERPRINT = /^[0-9a-f]{64}$/;

/** Hex SHA-256, with or without colons. An empty one is not none: it is wrong. */
export function readFingerprint(given: string | undefined): string | undefined {
  const plain = given?.replaceAll(':', '').toLowerCase();
  if (plain !== undefined && !FINGERPRINT.test(plain))
    throw new WrongUse('--key is the SHA-256 of the public key: 64 hex digits');
  return plain;
}

/** The text of a file that somebody kept. */
export async function readKept(option: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new WrongUse(`${option}: cannot read ${file}`);
  }
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** RFC 3339, to the millisecond, as epoch ms; null: not given. */
export function readTime(option: string, given: string | undefined): number | null {
  if (given === undefined) return null;
  const timeMs = RFC_3339.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(timeMs)) throw new WrongUse(`${option} is an RFC 3339 time, as 2026-11-22T00:00:00Z`);
  return timeMs;
}
