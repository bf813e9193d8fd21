// A desktop's device key and the DPoP proofs (RFC 9449) that it signs. Node side; the private half never leaves here.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { randomBytes } from 'node:crypto';
import type { DeviceId } from '../domain/identity.ts';
import type { EpochMs } from '../domain/time.ts';

export type DeviceKey = {
  /** RFC 7638 thumbprint (SHA-256, base64url) of the public key. */
  readonly device: DeviceId;
  readonly publicJwk: JWK;
  readonly privateKey: CryptoKey;
};

/** Makes an Ed25519 device key. `extractable` only for who must store it, as in a keychain. */
export async function createDeviceKey({
  extractable = false,
}: { readonly extractable?: boolean } = {}): Promise<DeviceKey> {
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable });
  const publicJwk = await exportJWK(publicKey);
  return { device: await calculateJwkThumbprint(publicJwk), publicJwk, privateKey };
}

/** Signs a DPoP proof for one call: its method, its URL (without query and fragment), now, and a fresh random id. */
export async function signDeviceProof(proof: {
  readonly key: DeviceKey;
  readonly method: string;
  readonly url: string;
  readonly nowMs: EpochMs;
}): Promise<string> {
  const target = new URL(proof.url);
  target.search = '';
  target.hash = '';
  return new SignJWT({
    jti: randomBytes(16).toString('base64url'),
    htm: proof.method,
    htu: target.href,
    iat: Math.floor(proof.nowMs / 1000),
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'Ed25519', jwk: proof.key.publicJwk })
    .sign(proof.key.privateKey);
}
