// The opaque id of the human behind an account: a keyed hash, so that nobody guesses it from a name.
import { createHmac } from 'node:crypto';
import type { PersonId } from '#shared/domain/identity.ts';

/** `person`: what the directory calls the human. `account`: nobody said, so the account is a person of its own. */
export type PersonSource =
  | { readonly kind: 'person'; readonly name: string }
  | { readonly kind: 'account' | 'service'; readonly issuer: string; readonly externalId: string };

/** Sources of different kinds never give the same id. */
export function personId(source: PersonSource, hashKey: Uint8Array): PersonId {
  const text =
    source.kind === 'person'
      ? `person\n${source.name}`
      : `${source.kind}\n${JSON.stringify([source.issuer, source.externalId])}`;
  return `per_${createHmac('sha256', hashKey).update(text).digest('base64url').slice(0, 22)}`;
}
