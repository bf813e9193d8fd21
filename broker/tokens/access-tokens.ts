// What the broker knows of its access tokens: RFC 9068 JWTs that only this broker signs and the gateway verifies.
import { compactVerify, type CryptoKey, type JSONWebKeySet } from 'jose';
import { err, type Result } from '#shared/domain/result.ts';
import type { Clock, DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { CredentialOrder } from '#broker/issuers/issuer.ts';
import type { SigningKey } from './key-ring.ts';
import { claimsOf, signClaims } from './sign-access-token.ts';
import { checkAtUse, MAX_TOKEN_BYTES, readClaims, TOKEN_ALGORITHM, type TokenRules } from './token-claims.ts';
import { readTokenForm } from './token-form.ts';
import { createVerifiedTokens, hashToken, type VerifiedToken } from './verified-tokens.ts';

export type AccessTokenClaims = {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly client_id: string;
  /** Seconds since the epoch, as RFC 7519 wants them. */
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly grant_id: string;
  readonly policy_hash: string;
  readonly authorization_details: readonly {
    readonly type: 'daypass_access';
    readonly locations: readonly string[];
    readonly actions: readonly string[];
  }[];
};

export type TokenRefusal =
  | 'malformed'
  | 'wrong_type'
  | 'wrong_algorithm'
  | 'unknown_key'
  | 'bad_signature'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'not_yet_valid'
  | 'expired'
  | 'bad_claims';

export type AccessTokens = {
  readonly issuer: string;
  readonly sign: (order: CredentialOrder) => Promise<string>;
  /** Checks everything that the token itself says; whether its grant lives is the caller's to ask. `audience` null: any resource. */
  readonly verify: (
    token: string,
    expected: { readonly audience: string | null; readonly nowMs: EpochMs },
  ) => Promise<Result<AccessTokenClaims, TokenRefusal>>;
  /** Public keys: those in use, those published for later use, and those whose tokens may still live. */
  readonly jwks: () => JSONWebKeySet;
};

/** The keys as tokens need them: what signs now, what may vouch for a token now, and the public set. */
export type TokenKeys = {
  readonly current: () => SigningKey;
  readonly publicKey: (keyId: string) => CryptoKey | null;
  readonly jwks: () => JSONWebKeySet;
};

export type AccessTokensDeps = {
  readonly issuer: string;
  readonly keys: TokenKeys;
  readonly clock: Clock;
  /** Longest life of a token; must be the one that the keys' retirement counts with. */
  readonly maxTokenLifeMs: DurationMs;
  /** How many verified tokens are remembered, by hash. */
  readonly rememberedTokens?: number;
};

/** Access tokens of one issuer: RFC 9068 `at+jwt`, EdDSA, verified against pinned keys in memory and nothing else. */
export function createAccessTokens(deps: AccessTokensDeps): AccessTokens {
  const rules: TokenRules = { issuer: deps.issuer, maxTokenLifeMs: deps.maxTokenLifeMs };
  const verified = createVerifiedTokens(deps.rememberedTokens ?? 4096);
  return {
    issuer: deps.issuer,
    jwks: () => deps.keys.jwks(),
    sign: async (order) => signClaims(claimsOf(order, { ...rules, nowMs: deps.clock.now() }), deps.keys.current()),
    verify: async (token, expected) => {
      if (token.length > MAX_TOKEN_BYTES) return err('malformed');
      const hash = hashToken(token);
      const known = verified.find(hash);
      // A key that was removed since takes its remembered tokens with it.
      if (known !== null && deps.keys.publicKey(known.keyId) === known.key) return checkAtUse(known.claims, expected);
      verified.forget(hash);
      const fresh = await verifyOnce(token, deps.keys, rules);
      if (!fresh.ok) return fresh;
      verified.remember(hash, fresh.value);
      return checkAtUse(fresh.value.claims, expected);
    },
  };
}

/** Form, key, signature, claims: in that order, so that nothing unsigned is interpreted beyond the header. */
async function verifyOnce(
  token: string,
  keys: TokenKeys,
  rules: TokenRules,
): Promise<Result<VerifiedToken, TokenRefusal>> {
  const form = readTokenForm(token);
  if (!form.ok) return form;
  const { keyId, payload } = form.value;
  const key = keys.publicKey(keyId);
  if (key === null) return err('unknown_key');
  try {
    await compactVerify(token, key, { algorithms: [TOKEN_ALGORITHM] });
  } catch {
    return err('bad_signature');
  }
  const claims = readClaims(payload, rules);
  return claims.ok ? { ok: true, value: { claims: claims.value, keyId, key } } : claims;
}
