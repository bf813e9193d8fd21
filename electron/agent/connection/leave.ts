// Everything of a person here comes to its end at once: released, deleted, checked. For a sign-out and for another broker.
import type { EndGrants } from '../grants/end-grants.ts';
import type { Vault } from '../vault/vault.ts';

type Parts = {
  readonly vault: Pick<Vault, 'copies' | 'wipeAll'>;
  readonly ends: Pick<EndGrants, 'forSignOut'>;
};

/** Resolves with whether nothing that opens anything is left on this machine, and nothing begins here any more. */
export async function leave({ vault, ends }: Parts): Promise<boolean> {
  await ends.forSignOut();
  if (!isEmpty(vault)) return false;
  // What began meanwhile goes too, and from here on no check-out begins.
  await vault.wipeAll('quit');
  return isEmpty(vault);
}

function isEmpty(vault: Pick<Vault, 'copies'>): boolean {
  return vault.copies().every(({ state, wipe }) => state === 'missing' || (wipe?.lagMs ?? null) !== null);
}
