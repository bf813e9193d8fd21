// Answers a resource server that asks whether a token is good (RFC 7662). Pure. Tells no more than the token does,
// and nothing at all of a token that is not for the one who asks.
import type { Result } from '#shared/domain/result.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { LiveCredential } from '#broker/access/live-credentials.ts';
import type { AccessTokenClaims, TokenRefusal } from './token-claims.ts';

export type Introspection =
  | { readonly active: false }
  | {
      readonly active: true;
      readonly token_type: 'Bearer';
      readonly iss: string;
      readonly sub: string;
      readonly aud: string;
      readonly client_id: string;
      readonly iat: number;
      readonly nbf: number;
      readonly exp: number;
      readonly jti: string;
      readonly grant_id: string;
      readonly authorization_details: AccessTokenClaims['authorization_details'];
    };

export type IntrospectionQuestion = {
  /** What `AccessTokens.verify` said, asked with any audience. */
  readonly verified: Result<AccessTokenClaims, TokenRefusal>;
  readonly findLive: (credentialId: string) => LiveCredential | null;
  /** The gateway's own check: what it refuses, no other resource server may be told to accept. */
  readonly probe: (credentialId: string) => 'works' | 'refused';
  /** Resources that the authenticated caller serves. */
  readonly audiences: readonly string[];
  readonly nowMs: EpochMs;
};

/** One answer for every reason: expired, revoked, forged or somebody else's are all `{active: false}` (section 4). */
export function introspect({ verified, findLive, probe, audiences, nowMs }: IntrospectionQuestion): Introspection {
  if (!verified.ok) return { active: false };
  const claims = verified.value;
  if (!audiences.includes(claims.aud)) return { active: false };
  const live = findLive(claims.jti);
  if (live === null || !isSameAccess(claims, live) || nowMs >= live.endsAtMs) return { active: false };
  if (probe(claims.jti) !== 'works') return { active: false };
  const { iss, sub, aud, client_id, iat, nbf, exp, jti, grant_id } = claims;
  const [detail] = claims.authorization_details;
  const actions = detail?.actions.filter((action) => live.actions.includes(action)) ?? [];
  if (actions.length === 0) return { active: false };
  return {
    active: true,
    token_type: 'Bearer',
    iss,
    sub,
    aud,
    client_id,
    iat,
    nbf,
    exp: Math.min(exp, Math.floor(live.endsAtMs / 1000)),
    jti,
    grant_id,
    authorization_details: [{ type: 'daypass_access', locations: [aud], actions }],
  };
}

function isSameAccess(claims: AccessTokenClaims, live: LiveCredential): boolean {
  return claims.grant_id === live.grantId && claims.sub === live.subject && claims.aud === live.resource;
}
