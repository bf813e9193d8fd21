// Writes one access token for one order. Its times are rounded so that the token is never wider than its grant.
import { CompactSign } from 'jose';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { CredentialOrder } from '#broker/issuers/issuer.ts';
import type { SigningKey } from './key-ring.ts';
import { MAX_TOKEN_BYTES, TOKEN_ALGORITHM, TOKEN_TYPE, type AccessTokenClaims } from './token-claims.ts';

export type SigningTerms = { readonly issuer: string; readonly nowMs: EpochMs; readonly maxTokenLifeMs: DurationMs };

/** The claims of an order (RFC 9068 with RFC 9396 details). Throws when no whole second of the grant is left. */
export function claimsOf(order: CredentialOrder, terms: SigningTerms): AccessTokenClaims {
  const issuedAt = Math.floor(terms.nowMs / 1000);
  // A grant that runs already: the token did not exist before now, so the started second cannot be too early, and
  // rounding up would refuse it for up to a second after collect.
  const notBefore = order.startsAtMs <= terms.nowMs ? issuedAt : Math.ceil(order.startsAtMs / 1000);
  const expires = Math.min(Math.floor(order.endsAtMs / 1000), issuedAt + Math.floor(terms.maxTokenLifeMs / 1000));
  if (expires <= notBefore) throw new RangeError('the grant leaves no whole second for a token');
  return {
    iss: terms.issuer,
    sub: order.subject,
    aud: order.resource,
    client_id: order.device,
    iat: issuedAt,
    nbf: notBefore,
    exp: expires,
    jti: order.credentialId,
    authorization_details: [{ type: 'daypass_access', locations: [order.resource], actions: order.actions }],
    grant_id: order.grantId,
    policy_hash: order.policyHash,
  };
}

/** Signs claims as a compact JWS. Throws when the token would be longer than its limit, which the catalog prevents. */
export async function signClaims(claims: AccessTokenClaims, key: SigningKey): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims));
  const token = await new CompactSign(payload)
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid: key.keyId })
    .sign(key.privateKey);
  if (token.length > MAX_TOKEN_BYTES)
    throw new RangeError(`a token of ${token.length} bytes is over ${MAX_TOKEN_BYTES}`);
  return token;
}
