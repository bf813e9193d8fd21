// People end a grant early: its holder with Done, an owner or admin with a reason.
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { AccessDeps } from './access-deps.ts';
import { endGrant } from './end.ts';
import { isOwner } from './extension.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { findGrant } from './rows.ts';
import type { GrantRow } from './tables.ts';

/**
 * The holder's *Done*. For a grant that an extension has taken over it is the desktop's word that the new credential
 * is stored, and the old one ends as `replaced`. Releasing twice gives the same grant.
 */
export async function releaseGrant(
  deps: AccessDeps,
  principal: Principal,
  grantId: string,
): Promise<Result<GrantRow, AccessRefusal>> {
  const grant = await findHeld(deps, grantId);
  if (grant === null || grant.subject !== principal.subject) return refuse('not_found', 'No such grant.');
  const dueAtMs = deps.clock.now();
  const ended = await endGrant(deps, { grantId, reason: 'released', actor: principal.subject, dueAtMs });
  return ended === null ? refuse('not_found', 'No such grant.') : ok(ended);
}

/** Revokes somebody's grant. Only an owner of the resource or an admin; to everybody else there is no such grant. */
export async function revokeGrant(
  deps: AccessDeps,
  principal: Principal,
  grantId: string,
  why: string,
): Promise<Result<GrantRow, AccessRefusal>> {
  const grant = await findHeld(deps, grantId);
  if (grant === null) return refuse('not_found', 'No such grant.');
  if (!mayRevoke(deps, principal, grant)) {
    return grant.subject === principal.subject
      ? refuse('forbidden', 'Your own grant ends with release.')
      : refuse('not_found', 'No such grant.');
  }
  const words = { of: principal.subject, text: { reason: why } };
  const ended = await endGrant(deps, {
    grantId,
    reason: 'revoked',
    actor: principal.subject,
    dueAtMs: deps.clock.now(),
    words,
  });
  return ended === null ? refuse('not_found', 'No such grant.') : ok(ended);
}

/** What says who may end the grant. Of a live one memory knows it: a database that cannot be read stops no revoke. */
async function findHeld(deps: AccessDeps, grantId: string): Promise<Pick<GrantRow, 'subject' | 'resource'> | null> {
  const live = deps.live.ofGrant(grantId)[0];
  return live ?? (await findGrant(deps.store.read, grantId)) ?? null;
}

export function mayRevoke(deps: AccessDeps, principal: Principal, held: { readonly resource: string }): boolean {
  if (principal.admin) return true;
  const resource = deps.snapshot().resource(held.resource);
  return resource !== null && isOwner(principal, resource.owners);
}
