// An owner of the resource or an admin takes back what was approved and not collected yet, with a reason.
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { AccessDeps } from './access-deps.ts';
import { closeRequest } from './close.ts';
import { lapseIfDue } from './lapse.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { mayRevoke } from './release.ts';
import { findRequest, onFreshRows } from './rows.ts';
import type { RequestRow } from './tables.ts';

/**
 * Revokes an approved request; revoking it again changes nothing. Refuses one that waits (it is rejected) and one that
 * was collected (its grant is revoked). To whoever neither asked nor may revoke there is no such request.
 */
export async function revokeRequest(
  deps: AccessDeps,
  principal: Principal,
  requestId: string,
  why: string,
): Promise<Result<RequestRow, AccessRefusal>> {
  const revoked = await onFreshRows(() =>
    deps.store.transaction(async (tx): Promise<Result<RequestRow, AccessRefusal>> => {
      const found = await findRequest(tx, requestId);
      if (found === undefined) return refuse('not_found', 'No such request.');
      if (!mayRevoke(deps, principal, found)) {
        return found.subject === principal.subject
          ? refuse('forbidden', 'Your own request ends with withdraw.')
          : refuse('not_found', 'No such request.');
      }
      const row = await lapseIfDue(deps, tx, found);
      if (row.state === 'revoked') return ok(row);
      if (row.state !== 'approved') return refuse('state_conflict', `The request is ${row.state}.`);
      const words = { of: principal.subject, text: { reason: why } };
      return ok(
        await closeRequest(deps, tx, row, {
          move: 'revoke',
          code: 'taken_back',
          reason: why,
          actor: principal.subject,
          words,
        }),
      );
    }),
  );
  deps.deadlinesChanged();
  return revoked;
}
