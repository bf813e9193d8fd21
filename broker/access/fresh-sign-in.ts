// Whoever agrees to something weighty has just shown that it is they who sit there. Counted by the broker's clock, on
// every path; revoking and rejecting never wait for it.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Principal } from '#shared/domain/identity.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { AccessRefusal } from './refusal.ts';

export type FreshSignInDeps = {
  readonly clock: { readonly now: () => EpochMs };
  readonly directory: Pick<Directory, 'freshSignInMs'>;
};

/** Whether access to it is weighty: confidential and restricted. */
export function isWeighty({ sensitivity }: Pick<Resource, 'sensitivity'>): boolean {
  return sensitivity === 'confidential' || sensitivity === 'restricted';
}

/**
 * Null when the principal of this call signed in recently enough, by the token of this very call. Else the refusal
 * that asks for it (RFC 9470). For approvals of what is weighty, and for every change that needs two people.
 */
export function freshSignInNeeded(
  { clock, directory }: FreshSignInDeps,
  principal: Pick<Principal, 'authenticatedAtMs'>,
): AccessRefusal | null {
  const { freshSignInMs } = directory;
  if (freshSignInMs === null) return null;
  if (isFresh(principal.authenticatedAtMs, clock.now(), freshSignInMs)) return null;
  return {
    code: 'fresh_sign_in_required',
    detail: 'Sign in again, then do this once more.',
    maxAgeMs: freshSignInMs,
  };
}

/** A sign-in after the moment that it vouches for (beyond a tolerance that the token's check knows) is none. */
export function isFresh(signedInAtMs: EpochMs | null, atMs: EpochMs, freshMs: DurationMs): boolean {
  return signedInAtMs !== null && atMs - signedInAtMs <= freshMs;
}
