// The signing keys as they are in memory at one moment, and which of them signs, verifies or is published when.
import type { CryptoKey, JSONWebKeySet } from 'jose';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import { TOKEN_ALGORITHM } from './token-claims.ts';

export type KeyTimes = {
  /** In the JWKS from here on. */
  readonly publishedAtMs: EpochMs;
  /** Signs from here on: later than published, so that every cached JWKS has it by then. */
  readonly usedFromMs: EpochMs;
  /** Signs no more from here on; null while no successor is published. */
  readonly retiredFromMs: EpochMs | null;
};

export type RingKey = KeyTimes & {
  /** RFC 7638 thumbprint of the public key: the `kid`. */
  readonly keyId: string;
  readonly publicX: string;
  readonly publicKey: CryptoKey;
  /** Not extractable. Null once the key signs no more: its private half is destroyed then. */
  readonly privateKey: CryptoKey | null;
};

export type SigningKey = { readonly keyId: string; readonly privateKey: CryptoKey };

/** The keys as tokens need them: what signs now, what may vouch for a token now, and the public set. */
export type TokenKeys = {
  readonly current: () => SigningKey;
  readonly publicKey: (keyId: string) => CryptoKey | null;
  readonly jwks: () => JSONWebKeySet;
};

/** When a key's last token can have expired: gone from the JWKS and refused from here on. Null while it may sign. */
export function removedFromMs(key: KeyTimes, maxTokenLifeMs: DurationMs): EpochMs | null {
  return key.retiredFromMs === null ? null : key.retiredFromMs + maxTokenLifeMs;
}

/** Whether the key may vouch for tokens: published, and its last token can still be alive. */
export function isTrusted(key: KeyTimes, nowMs: EpochMs, maxTokenLifeMs: DurationMs): boolean {
  const removed = removedFromMs(key, maxTokenLifeMs);
  return removed === null || nowMs < removed;
}

/** The key that signs now: of those in use the one used last. Null when there is none. */
export function keyInUse<K extends KeyTimes & { readonly privateKey: unknown }>(
  keys: readonly K[],
  nowMs: EpochMs,
): K | null {
  const able = keys.filter(
    (key) => key.privateKey !== null && (key.retiredFromMs === null || nowMs < key.retiredFromMs),
  );
  const due = able.filter((key) => key.usedFromMs <= nowMs).toSorted((a, b) => b.usedFromMs - a.usedFromMs);
  // A clock that was set back to before the first key must not stop the broker: the oldest key has no predecessor.
  return due[0] ?? able.toSorted((a, b) => a.usedFromMs - b.usedFromMs)[0] ?? null;
}

/** RFC 7517 key set of every trusted key, those published for later use included. Public members only. */
export function publicKeySet(keys: readonly RingKey[], nowMs: EpochMs, maxTokenLifeMs: DurationMs): JSONWebKeySet {
  return {
    keys: keys
      .filter((key) => isTrusted(key, nowMs, maxTokenLifeMs))
      .map((key) => ({ kty: 'OKP', crv: 'Ed25519', x: key.publicX, kid: key.keyId, alg: TOKEN_ALGORITHM, use: 'sig' })),
  };
}
