// Solo use: the requester confirms by typing the resource's id. Recorded as self-confirmed, never as an approval.
import type { ConfirmBody } from '#shared/contracts/broker-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import type { Result } from '#shared/domain/result.ts';
import { ok } from '#shared/domain/result.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { settleStanding } from './approve.ts';
import { lapseIfDue } from './lapse.ts';
import { recordRequest } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { changeRequest, findRequest, onFreshRows } from './rows.ts';
import { storedDecision } from './stored.ts';
import type { RequestRow } from './tables.ts';

export type Confirming = { readonly principal: Principal; readonly requestId: string; readonly body: ConfirmBody };

/** Confirms a request that policy lets its owner confirm. Refused outside embedded mode, and for anything else typed. */
export async function confirmRequest(
  deps: AccessDeps,
  confirming: Confirming,
): Promise<Result<RequestRow, AccessRefusal>> {
  if (deps.directory.mode !== 'embedded')
    return refuse('forbidden', 'Only an embedded broker knows self-confirmation.');
  const confirmed = await onFreshRows(() =>
    deps.store.transaction(async (tx) => await confirmOnce(deps, tx, confirming)),
  );
  deps.deadlinesChanged();
  return confirmed;
}

async function confirmOnce(
  deps: AccessDeps,
  tx: Tx,
  { principal, requestId, body }: Confirming,
): Promise<Result<RequestRow, AccessRefusal>> {
  const found = await findRequest(tx, requestId);
  if (found === undefined || found.subject !== principal.subject) return refuse('not_found', 'No such request.');
  if (found.self_confirmed === 1) return ok(found);
  const row = await lapseIfDue(deps, tx, found);
  const decision = storedDecision(row);
  if (row.state !== 'pending' || decision.outcome !== 'needs_confirmation')
    return refuse('state_conflict', 'The request does not wait for a confirmation.');
  if (row.scope_hash !== body.scopeHash) return refuse('scope_changed', 'The scope changed since you saw it.');
  if (body.typed !== row.resource) return refuse('invalid_request', `Type ${row.resource} to confirm.`);
  const confirmed = await changeRequest(tx, row, null, { self_confirmed: 1 });
  await recordRequest(deps, tx, confirmed, {
    kind: 'request.self_confirmed',
    actor: principal.subject,
    data: { scopeHash: row.scope_hash },
  });
  return ok(await settleStanding(deps, tx, confirmed, principal));
}
