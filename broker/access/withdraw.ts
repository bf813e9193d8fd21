// The requester takes a request back, before it became a grant.
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { AccessDeps } from './access-deps.ts';
import { closeRequest } from './close.ts';
import { lapseIfDue } from './lapse.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { findRequest, onFreshRows } from './rows.ts';
import type { RequestRow } from './tables.ts';

export async function withdrawRequest(
  deps: AccessDeps,
  principal: Principal,
  requestId: string,
): Promise<Result<RequestRow, AccessRefusal>> {
  const withdrawn = await onFreshRows(() =>
    deps.store.transaction(async (tx): Promise<Result<RequestRow, AccessRefusal>> => {
      const found = await findRequest(tx, requestId);
      if (found === undefined || found.subject !== principal.subject) return refuse('not_found', 'No such request.');
      const row = await lapseIfDue(deps, tx, found);
      if (row.state === 'withdrawn') return ok(row);
      if (row.state !== 'pending' && row.state !== 'approved')
        return refuse('state_conflict', `The request is ${row.state}.`);
      return ok(
        await closeRequest(deps, tx, row, { move: 'withdraw', code: 'by_requester', actor: principal.subject }),
      );
    }),
  );
  deps.deadlinesChanged();
  return withdrawn;
}
