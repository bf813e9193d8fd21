// Whether somebody signed in recently enough for a change that needs two people: the one rule of approvals, as a result.
import { freshSignInNeeded, type FreshSignInDeps } from '#broker/access/fresh-sign-in.ts';
import type { AccessRefusal } from '#broker/access/refusal.ts';
import { err } from '#shared/domain/result.ts';
import type { Principal } from '#shared/domain/identity.ts';

/** Null when it is fresh; unknown is not fresh. Embedded nobody signs in, so it is never demanded. */
export function freshSignInFault(
  deps: FreshSignInDeps,
  principal: Pick<Principal, 'authenticatedAtMs'>,
): { readonly ok: false; readonly error: AccessRefusal } | null {
  const needed = freshSignInNeeded(deps, principal);
  return needed === null ? null : err(needed);
}
