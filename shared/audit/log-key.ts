// The Ed25519 key that signs a log's checkpoints, and its public names. The seed never leaves the signer.
import { createPrivateKey, createPublicKey, hash, type JsonWebKey, type KeyObject, sign } from 'node:crypto';

const SEED_BYTES = 32;
/** RFC 8410: PKCS #8 of an Ed25519 private key up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
/** RFC 8410: SubjectPublicKeyInfo of an Ed25519 public key up to its 32 bytes. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export type LogPublicKey = {
  readonly key: KeyObject;
  /** The 32 bytes of the point. */
  readonly raw: Buffer;
  /** SubjectPublicKeyInfo, PEM. */
  readonly pem: string;
  /** Hex SHA-256 of the DER: what an auditor is given from outside. */
  readonly fingerprint: string;
  /** JWK thumbprint (RFC 7638, RFC 8037), base64url. */
  readonly thumbprint: string;
};

export type LogSigner = { readonly publicKey: LogPublicKey; readonly sign: (message: Uint8Array) => Buffer };

/** Makes the signer of a 32-byte seed (RFC 8032). */
export function logSigner(seed: Uint8Array): LogSigner {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a ledger seed is ${SEED_BYTES} bytes`);
  return signerOf(createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' }));
}

/** Makes the signer of an Ed25519 private key; throws for a key of another kind. */
export function signerOf(privateKey: KeyObject): LogSigner {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519')
    throw new TypeError('a log is signed with an Ed25519 private key');
  const publicKey = describe(createPublicKey(privateKey));
  return { publicKey, sign: (message) => sign(null, message, privateKey) };
}

/** Reads a PEM public key. Null when it is anything but one Ed25519 public key. */
export function readPublicKey(pem: string): LogPublicKey | null {
  // A private key also yields a public one: an export must not carry it unnoticed.
  if (pem.includes('PRIVATE KEY')) return null;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? describe(key) : null;
  } catch {
    return null;
  }
}

/** The key that a JWK names. Null when it is anything but an Ed25519 public key. */
export function publicKeyOf(jwk: JsonWebKey): LogPublicKey | null {
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || jwk.x === undefined || jwk.d !== undefined) return null;
  try {
    return describe(createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' }));
  } catch {
    return null;
  }
}

function describe(key: KeyObject): LogPublicKey {
  const der = key.export({ type: 'spki', format: 'der' });
  const raw = der.subarray(SPKI_PREFIX.length);
  const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${raw.toString('base64url')}"}`;
  return {
    key,
    raw,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: hash('sha256', der, 'hex'),
    thumbprint: hash('sha256', jwk, 'base64url'),
  };
}
