// Whether a call may go in: token, live credential, clock, action map, in this order. `checkLive` is the one check
// that calls, the re-check after the record, and the revocation probe share. Decides only; records and sends nothing.
import type { LiveCredential } from '#broker/access/live-credentials.ts';
import { catalogHash } from '#broker/config/catalog.ts';
import type { AccessTokenClaims } from '#broker/tokens/access-tokens.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { mustMask, permittingActions, READ_PII } from './action-map.ts';
import type { GatewayDeps } from './gateway.ts';
import type { Operations } from './operations.ts';
import type { RequestTarget } from './request-target.ts';

export type Admission = {
  readonly credential: LiveCredential;
  readonly resource: Resource;
  /** The action that the use is recorded under. */
  readonly action: string;
  readonly masked: boolean;
};

export type AdmissionRefusal = {
  readonly code: 'unauthenticated' | 'invalid_token' | 'not_found' | 'action_not_permitted' | 'operation_in_progress';
  /** Finer, for the ledger only. */
  readonly reason: string;
  /** Set when the token's signature and audience held: only such a refusal is worth a record. */
  readonly claims: AccessTokenClaims | null;
};

export type LiveRefusal =
  | 'not_live'
  | 'expired'
  | 'resource_gone'
  | 'resource_changed'
  | 'nothing_granted'
  | 'operation_done';
type AdmissionDeps = Pick<GatewayDeps, 'tokens' | 'live' | 'clock' | 'resource'> & { readonly operations: Operations };
type LiveAccess = {
  readonly credential: LiveCredential;
  readonly resource: Resource;
  readonly granted: readonly string[];
};

/** Asks whether the credential works now: listed, before its end, resource as approved, an action left, not spent. */
export function checkLive(deps: AdmissionDeps, credentialId: string): Result<LiveAccess, LiveRefusal> {
  const credential = deps.live.find(credentialId);
  if (credential === null) return err('not_live');
  if (deps.clock.now() >= credential.endsAtMs) return err('expired');
  const resource = deps.resource(credential.resource);
  if (resource === null) return err('resource_gone');
  if (catalogHash(resource) !== credential.catalogHash) return err('resource_changed');
  if (deps.operations.isDone(credentialId)) return err('operation_done');
  const granted = credential.actions.filter((action) => Object.hasOwn(resource.actions, action));
  return granted.length === 0 ? err('nothing_granted') : ok({ credential, resource, granted });
}

function tokenActions(claims: AccessTokenClaims): readonly string[] {
  return claims.authorization_details
    .filter((detail) => detail.type === 'daypass_access' && detail.locations.includes(claims.aud))
    .flatMap((detail) => detail.actions);
}

function agrees(claims: AccessTokenClaims, credential: LiveCredential): boolean {
  return (
    claims.grant_id === credential.grantId &&
    claims.sub === credential.subject &&
    claims.aud === credential.resource &&
    claims.jti === credential.credentialId
  );
}

/**
 * Admits a call with this bearer token to this method and target, or says why not.
 * The token is checked before the resource, so that nobody without one learns what exists.
 */
export async function admit(
  deps: AdmissionDeps,
  call: { readonly token: string | null; readonly method: string; readonly target: RequestTarget },
): Promise<Result<Admission, AdmissionRefusal>> {
  if (call.token === null) return err({ code: 'unauthenticated', reason: 'no_token', claims: null });
  const verified = await deps.tokens.verify(call.token, { audience: call.target.resource, nowMs: deps.clock.now() });
  if (!verified.ok) return err({ code: 'invalid_token', reason: verified.error, claims: null });
  const claims = verified.value;
  const refuse = (code: AdmissionRefusal['code'], reason: string) => err({ code, reason, claims });
  const live = checkLive(deps, claims.jti);
  if (!live.ok)
    return live.error === 'resource_gone' ? refuse('not_found', live.error) : refuse('invalid_token', live.error);
  const { credential, resource, granted } = live.value;
  if (claims.aud !== call.target.resource || !agrees(claims, credential))
    return refuse('invalid_token', 'token_disagrees');
  const named = tokenActions(claims);
  const usable = granted.filter((action) => named.includes(action));
  const permitting = permittingActions(resource, usable, call.method, call.target.path);
  const first = permitting.includes(READ_PII) ? READ_PII : permitting[0];
  if (first === undefined) return refuse('action_not_permitted', 'action_not_permitted');
  if (deps.operations.isRunning(credential.credentialId))
    return refuse('operation_in_progress', 'operation_in_progress');
  return ok({ credential, resource, action: first, masked: mustMask(resource, permitting) });
}
