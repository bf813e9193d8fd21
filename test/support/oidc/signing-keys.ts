// The keys that the provider signs with: made here, published as JWKS, rotated on request.
import { exportJWK, generateKeyPair, type JWK } from 'jose';

export const SIGNATURE_ALGORITHM = 'ES256';

/** A private key as a JWK with its `kid`. */
export type SigningKey = JWK & { readonly kid: string };

let made = 0;

export async function makeSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(SIGNATURE_ALGORITHM, { extractable: true });
  made += 1;
  return { ...(await exportJWK(privateKey)), kid: `key-${made}`, alg: SIGNATURE_ALGORITHM, use: 'sig' };
}

export function publicPart({ d: _d, ...jwk }: SigningKey): JWK {
  return jwk;
}
