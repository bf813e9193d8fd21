// Remembers which tokens were verified, by hash only, so that each call need not pay for the same signature again.
// Must never say that a token is good: who asks checks the time, the audience and the key again at each use.
import { hash } from 'node:crypto';
import type { CryptoKey } from 'jose';
import type { AccessTokenClaims } from './token-claims.ts';

export type VerifiedToken = { readonly claims: AccessTokenClaims; readonly keyId: string; readonly key: CryptoKey };

export type VerifiedTokens = {
  readonly find: (hash: string) => VerifiedToken | null;
  readonly remember: (hash: string, token: VerifiedToken) => void;
  readonly forget: (hash: string) => void;
};

/** SHA-256 of the whole token, signature included. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'base64');
}

/** Keeps at most `capacity` tokens; the least recently used goes first. */
export function createVerifiedTokens(capacity: number): VerifiedTokens {
  const byHash = new Map<string, VerifiedToken>();
  return {
    find: (hash) => {
      const token = byHash.get(hash);
      if (token === undefined) return null;
      byHash.delete(hash);
      byHash.set(hash, token);
      return token;
    },
    remember: (hash, token) => {
      byHash.delete(hash);
      byHash.set(hash, token);
      const [oldest] = byHash.keys();
      if (byHash.size > capacity && oldest !== undefined) byHash.delete(oldest);
    },
    forget: (hash) => void byHash.delete(hash),
  };
}
