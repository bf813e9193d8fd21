// What an access token must say to be one of ours, in pure form: shape, issuer, audience, times. No key, no clock.
import { z } from 'zod';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';

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

/** Sent as a header and kept in keychains: Windows keeps at most 2,560 bytes, and headers should stay small. */
export const MAX_TOKEN_BYTES = 1200;
export const TOKEN_TYPE = 'at+jwt';
/** The name that every verifier knows; RFC 9864's newer `Ed25519` is unknown to many. We accept what we sign, only. */
export const TOKEN_ALGORITHM = 'EdDSA';

const text = z.string().min(1);
const seconds = z.int().nonnegative();

const claimsSchema = z.strictObject({
  iss: text,
  sub: text,
  aud: text,
  client_id: text,
  iat: seconds,
  nbf: seconds,
  exp: seconds,
  jti: text,
  authorization_details: z.tuple([
    z.strictObject({ type: z.literal('daypass_access'), locations: z.tuple([text]), actions: z.array(text).min(1) }),
  ]),
  grant_id: text,
  policy_hash: text,
});

export type TokenRules = { readonly issuer: string; readonly maxTokenLifeMs: DurationMs };

/** Reads the payload of a token whose signature was checked. What it refuses does not depend on the time. */
export function readClaims(payload: unknown, rules: TokenRules): Result<AccessTokenClaims, TokenRefusal> {
  // One audience, as a string: a token for two resources could be replayed by one of them at the other.
  if (typeof payload === 'object' && payload !== null && 'aud' in payload && Array.isArray(payload.aud)) {
    return err('wrong_audience');
  }
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) return err('bad_claims');
  const claims = parsed.data;
  if (claims.iss !== rules.issuer) return err('wrong_issuer');
  if (claims.authorization_details[0].locations[0] !== claims.aud) return err('bad_claims');
  // With nbf never before iat, checking nbf at use is enough for a token from the future, too.
  if (claims.exp <= claims.nbf || claims.nbf < claims.iat) return err('bad_claims');
  // A longer life than we ever give would outlast the retirement of its key.
  if ((claims.exp - claims.iat) * 1000 > rules.maxTokenLifeMs) return err('bad_claims');
  return ok(claims);
}

/** Checks what changes from call to call: the resource that was asked, and the time. No tolerance: one clock, ours. */
export function checkAtUse(
  claims: AccessTokenClaims,
  expected: { readonly audience: string | null; readonly nowMs: EpochMs },
): Result<AccessTokenClaims, TokenRefusal> {
  if (expected.audience !== null && claims.aud !== expected.audience) return err('wrong_audience');
  if (expected.nowMs < claims.nbf * 1000) return err('not_yet_valid');
  if (!(expected.nowMs < claims.exp * 1000)) return err('expired');
  return ok(claims);
}
