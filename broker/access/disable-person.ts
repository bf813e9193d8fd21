// An administrator, or the directory that SCIM speaks for, ends everything of a person or an account at once: tokens
// get `disabled`, event streams close, grants end, open requests close, and their approvals stop counting.
import type { PersonId, Principal, SubjectId } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { setDisabled, type Because, type Whom } from '#broker/identity/disabled.ts';
import type { AccessDeps } from './access-deps.ts';
import { closeRequestsOf, DISABLED_CODE, endGrantsOf } from './end-of-person.ts';
import { refuse, type AccessRefusal } from './refusal.ts';

export type Disabling = { readonly actor: Principal; readonly person: PersonId; readonly reason: string };

/**
 * Disables a person with all their accounts, on this replica at once, on the others within seconds. Disabling twice
 * changes nothing. Refuses oneself (somebody must be left to undo it), a person whom nobody knows, and a broker whose
 * people are those of its configuration.
 */
export async function disablePerson(deps: AccessDeps, disabling: Disabling): Promise<Result<null, AccessRefusal>> {
  return await change(deps, disabling, true);
}

/** Lets the person sign in again. What ended stays ended. Never oneself. */
export async function enablePerson(deps: AccessDeps, enabling: Disabling): Promise<Result<null, AccessRefusal>> {
  return await change(deps, enabling, false);
}

async function change(
  deps: AccessDeps,
  { actor, person, reason }: Disabling,
  disabled: boolean,
): Promise<Result<null, AccessRefusal>> {
  if (!actor.admin) return refuse('forbidden', 'Only an administrator does this.');
  if (person === actor.person) return refuse('forbidden', 'Nobody disables or enables themselves.');
  if (!deps.directory.accounts().some(({ principal }) => principal.person === person))
    return refuse('not_found', 'No such person.');
  // To say that it was done would be a lie.
  if (deps.directory.mode === 'embedded')
    return refuse('forbidden', 'Who may use this broker stands in its configuration.');
  await applyDisabled(deps, { scope: 'person', person }, disabled, { actor: actor.subject, reason });
  return ok(null);
}

/**
 * Writes it down and ends everything that it ends. Throws EndNotOnRecordError when an end could not be recorded: it is
 * stopped all the same, and the deadlines go on.
 */
export async function applyDisabled(
  deps: AccessDeps,
  whom: Whom,
  disabled: boolean,
  because: Because,
): Promise<readonly SubjectId[]> {
  const accounts = await deps.store.transaction(async (tx) => await setDisabled(deps, tx, whom, disabled, because));
  await deps.directory.refresh();
  if (!disabled || accounts === null) return [];
  const ends = await Promise.allSettled(
    accounts.map(async (subject) => await endGrantsOf(deps, subject, DISABLED_CODE)),
  );
  for (const subject of accounts) await closeRequestsOf(deps, subject);
  deps.deadlinesChanged();
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return accounts;
}
