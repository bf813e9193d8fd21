// What somebody may look at and end as an owner or administrator, and who the human behind an account is.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { isOwner } from '#broker/access/extension.ts';
import type { PersonId, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { ResourceId } from '#shared/domain/scope.ts';

/** What changes and erasure are decided with. */
export type ChangeDeps = Pick<AccessDeps, 'store' | 'ledger' | 'clock' | 'directory' | 'snapshot'>;

/** `all`: an administrator, also what left the catalog. Else the resources that are theirs; none: no oversight at all. */
export type Oversight = { readonly all: true } | { readonly all: false; readonly resources: readonly ResourceId[] };

export function oversightOf(deps: Pick<AccessDeps, 'snapshot'>, principal: Principal): Oversight {
  if (principal.admin) return { all: true };
  const owned = deps
    .snapshot()
    .resources()
    .filter(({ owners }) => isOwner(principal, owners));
  return { all: false, resources: owned.map(({ id }) => id) };
}

export function sees(oversight: Oversight, resource: ResourceId): boolean {
  return oversight.all || oversight.resources.includes(resource);
}

/** The human behind an account; an account that nobody knows any more is a human of its own. */
export function personOf({ directory }: Pick<AccessDeps, 'directory'>, subject: SubjectId): PersonId {
  const known =
    directory.find(subject) ?? directory.accounts().find((each) => each.principal.subject === subject)?.principal;
  return known?.person ?? subject;
}

/** Every account of a human, disabled ones too. `personOf` of each of them is this person. */
export function accountsOf({ directory }: Pick<AccessDeps, 'directory'>, person: PersonId): readonly SubjectId[] {
  const known = directory
    .accounts()
    .flatMap(({ principal }) => (principal.person === person ? [principal.subject] : []));
  if (known.length > 0) return known;
  return directory.accounts().some(({ principal }) => principal.subject === person) ? [] : [person];
}

/** Null when nobody knows the person any more. */
export function personName({ directory }: Pick<AccessDeps, 'directory'>, person: PersonId): string | null {
  return directory.accounts().find(({ principal }) => principal.person === person)?.principal.name ?? null;
}

/** The name of an account as oversight shows it, also of one that is disabled. Null when nobody knows it any more. */
export function nameOf({ directory }: Pick<AccessDeps, 'directory'>, subject: SubjectId): string | null {
  const known =
    directory.find(subject) ?? directory.accounts().find((each) => each.principal.subject === subject)?.principal;
  return known?.name ?? null;
}
