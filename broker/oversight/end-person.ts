// Ends everything that a human has, on all their accounts and desktops: running grants, and requests that could become
// one. It takes nothing away for the future: whoever may not ask again is disabled instead.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { closeRequest } from '#broker/access/close.ts';
import { endGrant } from '#broker/access/end.ts';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import { findRequest, onFreshRows } from '#broker/access/rows.ts';
import type { PersonId, Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { accountsOf, oversightOf, sees } from './scope.ts';

export type EndedPerson = { readonly ended: number; readonly failed: number; readonly requests: number };
type Ending = { readonly principal: Principal; readonly person: PersonId; readonly reason: string };

const AT_ONCE = 50;

/**
 * An administrator ends all of it, an owner what is about their own resources. Each grant ends by itself: one that
 * fails is stopped all the same, is retried for ever, and keeps no other from its end. To whoever may end nothing of
 * this person there is no such person.
 */
export async function endPerson(deps: AccessDeps, ending: Ending): Promise<Result<EndedPerson, AccessRefusal>> {
  const subjects = accountsOf(deps, ending.person);
  const oversight = oversightOf(deps, ending.principal);
  // Requests first: one that is collected meanwhile is a grant when the grants are looked for.
  const requests = (await openRequests(deps, subjects)).filter(({ resource }) => sees(oversight, resource));
  let closed = 0;
  for (const { id } of requests) if (await closeOne(deps, id, ending)) closed += 1;
  const grants = (await runningGrants(deps, subjects)).filter(({ resource }) => sees(oversight, resource));
  const known = oversight.all && deps.directory.accounts().some(({ principal }) => principal.person === ending.person);
  if (!known && requests.length === 0 && grants.length === 0) return refuse('not_found', 'There is no such person.');
  const failed = await endAll(deps, grants, ending);
  deps.deadlinesChanged();
  return ok({ ended: grants.length - failed, failed, requests: closed });
}

async function openRequests(deps: AccessDeps, subjects: readonly string[]) {
  if (subjects.length === 0) return [];
  return await deps.store.read
    .selectFrom('requests')
    .select(['id', 'resource'])
    .where('subject', 'in', subjects)
    .where('state', 'in', ['pending', 'approved'])
    .execute();
}

async function runningGrants(deps: AccessDeps, subjects: readonly string[]) {
  if (subjects.length === 0) return [];
  return await deps.store.read
    .selectFrom('grants')
    .select(['id', 'resource'])
    .where('subject', 'in', subjects)
    .where('state', 'in', ['activating', 'active'])
    .execute();
}

/** False when it was over already: collected, answered or taken back meanwhile. */
async function closeOne(deps: AccessDeps, id: string, { principal, reason }: Ending): Promise<boolean> {
  return await onFreshRows(() =>
    deps.store.transaction(async (tx) => {
      const row = await findRequest(tx, id);
      if (row === undefined || (row.state !== 'pending' && row.state !== 'approved')) return false;
      await closeRequest(deps, tx, row, {
        move: row.state === 'pending' ? 'withdraw' : 'revoke',
        code: 'person_ended',
        reason,
        actor: principal.subject,
        words: { of: principal.subject, text: { reason } },
      });
      return true;
    }),
  );
}

/** Gives how many could not be ended for sure. */
async function endAll(
  deps: AccessDeps,
  grants: readonly { readonly id: string }[],
  { principal, reason }: Ending,
): Promise<number> {
  let failed = 0;
  const dueAtMs = deps.clock.now();
  for (let start = 0; start < grants.length; start += AT_ONCE) {
    const results = await Promise.allSettled(
      grants.slice(start, start + AT_ONCE).map(({ id }) =>
        endGrant(deps, {
          grantId: id,
          reason: 'revoked',
          actor: principal.subject,
          dueAtMs,
          words: { of: principal.subject, text: { reason } },
        }),
      ),
    );
    failed += results.filter((each) => each.status === 'rejected' || each.value?.state !== 'ended').length;
  }
  return failed;
}
