// Signing keys for tests of tokens: real Ed25519 keys in the real key ring, without a database.
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { TokenKeys } from '#broker/tokens/access-tokens.ts';
import { isTrusted, keyInUse, publicKeySet, type RingKey } from '#broker/tokens/key-ring.ts';
import type { Clock } from '#shared/domain/time.ts';

export const MAX_LIFE_MS = 86_400_000;

export type TestKey = RingKey & { readonly publicJwk: JWK };

export async function makeKey(usedFromMs = 0): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA');
  const publicJwk = await exportJWK(publicKey);
  const keyId = await calculateJwkThumbprint(publicJwk);
  return {
    keyId,
    publicJwk,
    publicKey,
    privateKey,
    publicX: publicJwk.x ?? '',
    publishedAtMs: usedFromMs,
    usedFromMs,
    retiredFromMs: null,
  };
}

export type FixedKeys = TokenKeys & { keys: readonly RingKey[] };

export function fixedKeys(keys: readonly RingKey[], clock: Clock): FixedKeys {
  return {
    keys,
    current() {
      const key = keyInUse(this.keys, clock.now());
      if (key?.privateKey == null) throw new Error('no key');
      return { keyId: key.keyId, privateKey: key.privateKey };
    },
    publicKey(keyId) {
      return (
        this.keys.find((key) => key.keyId === keyId && isTrusted(key, clock.now(), MAX_LIFE_MS))?.publicKey ?? null
      );
    },
    jwks() {
      return publicKeySet(this.keys, clock.now(), MAX_LIFE_MS);
    },
  };
}
