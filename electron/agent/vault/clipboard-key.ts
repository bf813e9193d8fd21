// The key of the hashes by which our own text on the clipboard is known again. It lives in the keychain, not beside
// the hashes. A keychain that cannot be read never leads to another key in it.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Keychain, KeychainProblem } from '../keychain-port.ts';

const ACCOUNT = 'clipboard-key';

type Key = {
  /** Names the key without telling it. */
  readonly id: string;
  readonly hash: (text: string) => string;
};

export type KeyedHash = { readonly keyId: string; readonly hash: string; readonly length: number };

export type ClipboardKeys = {
  /** Reads the key, or makes and keeps one; when the keychain is locked, its prompt comes up. */
  readonly open: () => Promise<Result<null, KeychainProblem>>;
  /** Without a keychain the key lasts as long as this run. */
  readonly hash: (text: string) => Promise<KeyedHash>;
  /** `unknown`: the key is in a keychain that is locked now. */
  readonly isSame: (text: string, hashed: KeyedHash) => Promise<boolean | 'unknown'>;
};

export function createClipboardKeys(keychain: Keychain): ClipboardKeys {
  let kept: Key | null = null;
  let passing: Key | null = null;

  let opening: Promise<Result<null, KeychainProblem>> | null = null;

  const openNow: ClipboardKeys['open'] = async () => {
    const read = await keychain.get(ACCOUNT);
    if (!read.ok) return read;
    // Text, since the keychain's own list reads what it finds as text.
    const bytes = read.value ?? Buffer.from(randomBytes(32).toString('base64url'));
    const key = toKey(bytes);
    const set = read.value === null ? await keychain.set(ACCOUNT, bytes) : ok(null);
    bytes.fill(0);
    if (set.ok) kept = key;
    return set;
  };
  const open: ClipboardKeys['open'] = async () => {
    if (kept !== null) return ok(null);
    // Two at once would each make a key, and the second would replace the first.
    opening ??= openNow().finally(() => (opening = null));
    return await opening;
  };
  return {
    open,
    hash: async (text) => {
      await open();
      const key = kept ?? (passing ??= toKey(Buffer.from(randomBytes(32).toString('base64url'))));
      return { keyId: key.id, hash: key.hash(text), length: text.length };
    },
    isSame: async (text, hashed) => {
      if (text.length !== hashed.length) return false;
      const isKey = (key: Key | null): key is Key => key?.id === hashed.keyId;
      const opened = [kept, passing].some(isKey) ? ok(null) : await open();
      const key = [kept, passing].find(isKey);
      if (key !== undefined) return sameHash(key.hash(text), hashed.hash);
      if (!opened.ok && opened.error === 'locked') return 'unknown';
      // The key is gone for good. One word of exactly this length, hundreds of characters, is no prose of a person.
      return !/\s/.test(text);
    },
  };
}

function toKey(bytes: Uint8Array): Key {
  const key = Buffer.from(Buffer.from(bytes).toString('latin1'), 'base64url');
  return {
    id: createHash('sha256').update('daypass clipboard key').update(key).digest('hex').slice(0, 16),
    hash: (text) => createHmac('sha256', key).update(text, 'utf8').digest('base64url'),
  };
}

function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
