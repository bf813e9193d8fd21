// A signing key as the database keeps it: AES-256-GCM under the wrapping key from outside, bound to the key's id.
// The public half is sealed too, so that who writes to the database cannot plant a key that the gateway would trust.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomBytes,
} from 'node:crypto';

export type KeyPair = {
  /** RFC 7638 thumbprint of the public key. */
  readonly keyId: string;
  /** 32 bytes, as RFC 8032 encodes it. */
  readonly publicBytes: Uint8Array;
  /** 32 bytes; null once the key signs no more. The caller overwrites it after use. */
  readonly seed: Uint8Array | null;
};

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const VERSION = 'v1.';
/** The ASN.1 of RFC 8410 before the seed of an Ed25519 private key. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

export function makeKeyPair(): KeyPair {
  const seed = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  const publicBytes = publicOf(seed);
  return { keyId: thumbprint(publicBytes), publicBytes, seed };
}

/** RFC 7638 and RFC 8037: SHA-256 over the required members in their order, base64url. */
export function thumbprint(publicBytes: Uint8Array): string {
  const x = Buffer.from(publicBytes).toString('base64url');
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
}

/** The seed as PKCS #8 DER. The caller overwrites it after use. */
export function privateKeyDer(seed: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.concat([PKCS8_PREFIX, seed]);
}

/** Takes the 32-byte wrapping key; gives text for the database. */
export function sealKey(pair: KeyPair, wrappingKey: Uint8Array): string {
  const plain = Buffer.concat([pair.publicBytes, pair.seed ?? new Uint8Array()]);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, iv).setAAD(Buffer.from(pair.keyId));
  const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  plain.fill(0);
  return VERSION + sealed.toString('base64url');
}

/** Throws when the wrapping key is another one, or anything of the row was changed. Says nothing of its content. */
export function openSealedKey(keyId: string, sealed: string, wrappingKey: Uint8Array): KeyPair {
  const refused = new Error(`signing key ${keyId} cannot be opened: another wrapping key, or a changed database`);
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
  if (!sealed.startsWith(VERSION) || bytes.length < IV_BYTES + KEY_BYTES + TAG_BYTES) throw refused;
  const plain = decrypt(keyId, bytes, wrappingKey);
  if (plain === null || (plain.length !== KEY_BYTES && plain.length !== 2 * KEY_BYTES)) throw refused;
  const publicBytes = new Uint8Array(plain.subarray(0, KEY_BYTES));
  const seed = plain.length === KEY_BYTES ? null : new Uint8Array(plain.subarray(KEY_BYTES));
  plain.fill(0);
  if (thumbprint(publicBytes) !== keyId) throw refused;
  if (seed !== null && thumbprint(publicOf(seed)) !== keyId) throw refused;
  return { keyId, publicBytes, seed };
}

function decrypt(keyId: string, bytes: Buffer, wrappingKey: Uint8Array): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', wrappingKey, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(keyId)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

function publicOf(seed: Uint8Array): Uint8Array {
  const der = privateKeyDer(seed);
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  der.fill(0);
  return new Uint8Array(Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'));
}
