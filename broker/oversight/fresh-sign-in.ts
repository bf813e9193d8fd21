// Whether somebody signed in recently enough for what needs that. Embedded nobody signs in, so it is never demanded.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import type { Principal } from '#shared/domain/identity.ts';

/** Null when it is fresh; unknown is not fresh. */
export function freshSignInFault(
  { directory, clock }: Pick<AccessDeps, 'directory' | 'clock'>,
  { authenticatedAtMs }: Pick<Principal, 'authenticatedAtMs'>,
): { readonly ok: false; readonly error: AccessRefusal } | null {
  const { freshSignInMs } = directory;
  if (freshSignInMs === null) return null;
  if (authenticatedAtMs !== null && clock.now() - authenticatedAtMs <= freshSignInMs) return null;
  return refuse('fresh_sign_in_required', 'This needs a sign-in of a moment ago.');
}
