// What the broker knows of its access tokens: RFC 9068 JWTs that only this broker signs and the gateway verifies.
import { compactVerify, type JSONWebKeySet } from 'jose';
import { err, type Result } from '#shared/domain/result.ts';
import type { Clock, DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { CredentialOrder } from '#broker/issuers/issuer.ts';
import type { TokenKeys } from './key-ring.ts';
import { claimsOf, signClaims } from './sign-access-token.ts';
import {
  checkAtUse,
  MAX_TOKEN_BYTES,
  readClaims,
  TOKEN_ALGORITHM,
  type AccessTokenClaims,
  type TokenRefusal,
  type TokenRules,
} from './token-claims.ts';
import { readTokenForm } from './token-form.ts';
import { createVerifiedTokens, hashToken, type VerifiedToken } from './verified-tokens.ts';

export type { AccessTokenClaims, TokenRefusal } from './token-claims.ts';
export type { TokenKeys } from './key-ring.ts';

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
