// What the broker knows of its access tokens: RFC 9068 JWTs that only this broker signs and the gateway verifies.
import type { JSONWebKeySet } from 'jose';
import type { Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { CredentialOrder } from '#broker/issuers/issuer.ts';

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
  readonly authorization_details: readonly { readonly type: 'daypass_access'; readonly locations: readonly string[]; readonly actions: readonly string[] }[];
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
  readonly verify: (token: string, expected: { readonly audience: string | null; readonly nowMs: EpochMs }) => Promise<Result<AccessTokenClaims, TokenRefusal>>;
  /** Public keys: those in use, those published for later use, and those whose tokens may still live. */
  readonly jwks: () => JSONWebKeySet;
};
