// Seals what people wrote under a key of their own, and that key under the erasure key (AES-256-GCM, NIST SP 800-38D).
// Whoever destroys the wrapped key has erased the text everywhere, in exports and backups of the log too.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export const SEAL_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const WRAPPED_KEY_BYTES = NONCE_BYTES + SEAL_KEY_BYTES + TAG_BYTES;
const CIPHER = 'aes-256-gcm';

export type PersonalText = Readonly<Record<string, string>>;

/** Makes a new key for one subject's words, and the form of it that may be stored. */
export function newSubjectKey(
  erasureKey: Uint8Array,
  keyId: string,
): { readonly key: Buffer; readonly wrapped: Buffer } {
  const key = randomBytes(SEAL_KEY_BYTES);
  return { key, wrapped: seal(erasureKey, key, wrapContext(keyId)) };
}

/** Opens a stored subject key. Throws when it was changed, is another one, or the erasure key is another one. */
export function unwrapSubjectKey(erasureKey: Uint8Array, wrapped: Uint8Array, keyId: string): Buffer {
  return open(erasureKey, wrapped, wrapContext(keyId));
}

/** Seals the words for one record. Gives base64url of nonce, ciphertext and tag. */
export function sealText(subjectKey: Uint8Array, text: PersonalText, recordUid: string): string {
  return seal(subjectKey, Buffer.from(JSON.stringify(text)), textContext(recordUid)).toString('base64url');
}

/** Opens the words of one record. Throws when they were changed or belong to another record. */
export function openText(subjectKey: Uint8Array, sealed: string, recordUid: string): PersonalText {
  const plain = open(subjectKey, Buffer.from(sealed, 'base64url'), textContext(recordUid));
  // Authenticated by the tag: only `sealText` can have written it.
  return JSON.parse(plain.toString()) as PersonalText;
}

function wrapContext(keyId: string): Buffer {
  return Buffer.from(`daypass subject key 1\n${keyId}`);
}

function textContext(recordUid: string): Buffer {
  return Buffer.from(`daypass personal text 1\n${recordUid}`);
}

function seal(key: Uint8Array, plain: Uint8Array, context: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(context);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

function open(key: Uint8Array, sealed: Uint8Array, context: Uint8Array): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new RangeError('sealed bytes are too short');
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(context);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
