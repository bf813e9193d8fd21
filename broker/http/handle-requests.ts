// The request routes: ask, look, answer, withdraw, confirm, collect.
import { createHash } from 'node:crypto';
import { canonicalJson } from '#shared/audit/canonical.ts';
import type { Principal } from '#shared/domain/identity.ts';
import type { Result } from '#shared/domain/result.ts';
import { answerRequest } from '#broker/access/approve.ts';
import { hasAnswered, isConcerned, mayApproveRequest } from '#broker/access/asked.ts';
import { collect } from '#broker/access/collect.ts';
import { confirmRequest } from '#broker/access/confirm.ts';
import { nudgeRequest } from '#broker/access/nudge.ts';
import { prepare, type Asking } from '#broker/access/prepare.ts';
import type { AccessRefusal } from '#broker/access/refusal.ts';
import { mayRevoke } from '#broker/access/release.ts';
import { answersTo, findRequest } from '#broker/access/rows.ts';
import { revokeRequest } from '#broker/access/revoke-request.ts';
import { submit } from '#broker/access/submit.ts';
import type { RequestRow } from '#broker/access/tables.ts';
import { withdrawRequest } from '#broker/access/withdraw.ts';
import { json, refused, type Answer } from './answer.ts';
import type { Handlers, HandlerDeps } from './handler.ts';
import { listRequests } from './list-requests.ts';
import { requestView } from './request-view.ts';
import { collectedView, decisionView, revokeClassView } from './views.ts';

type RequestRoutes =
  | 'submit'
  | 'listRequests'
  | 'getRequest'
  | 'answer'
  | 'withdraw'
  | 'nudge'
  | 'revokeRequest'
  | 'confirm'
  | 'collect';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,128}$/;

export const requestHandlers: Handlers<RequestRoutes> = {
  submit: async (deps, { principal, device, query, body, request, networkAddress }) => {
    const asking: Asking = { principal, device, body, networkAddress };
    if (query.dryRun === 'true') return await dryRun(deps, asking);
    const idempotencyKey = request.headers.get('idempotency-key') ?? '';
    if (!IDEMPOTENCY_KEY.test(idempotencyKey)) {
      return refused({
        code: 'invalid_request',
        detail: 'Idempotency-Key: 8 to 128 visible ASCII characters are required.',
      });
    }
    const bodyHash = createHash('sha256')
      .update(canonicalJson({ ...body, device }))
      .digest('hex');
    return await showRequest(deps, principal, await submit(deps, { ...asking, idempotencyKey, bodyHash }), 201);
  },
  listRequests,
  getRequest: async (deps, { principal, id }) => {
    const row = await findRequest(deps.store.read, id);
    if (row === undefined || !(await maySee(deps, principal, row)))
      return refused({ code: 'not_found', detail: 'No such request.' });
    return await show(deps, principal, row);
  },
  answer: async (deps, { principal, id, body }) =>
    await showRequest(deps, principal, await answerRequest(deps, { approver: principal, requestId: id, body })),
  withdraw: async (deps, { principal, id }) =>
    await showRequest(deps, principal, await withdrawRequest(deps, principal, id)),
  nudge: async (deps, { principal, id }) => await showRequest(deps, principal, await nudgeRequest(deps, principal, id)),
  revokeRequest: async (deps, { principal, id, body }) =>
    await showRequest(deps, principal, await revokeRequest(deps, principal, id, body.reason)),
  confirm: async (deps, { principal, id, body }) =>
    await showRequest(deps, principal, await confirmRequest(deps, { principal, requestId: id, body })),
  collect: async (deps, { principal, device, id, body, networkAddress }) => {
    const collected = await collect(deps, {
      principal,
      device,
      requestId: id,
      collectId: body.collectId,
      networkAddress,
    });
    if (collected.ok) return json(collectedView(deps, principal, collected.value));
    const { decision } = collected.error;
    const refusal = refused(collected.error);
    return decision === undefined ? refusal : { ...refusal, decision: decisionView(decision, principal.provenance) };
  },
};

async function dryRun(deps: HandlerDeps, asking: Asking): Promise<Answer> {
  const prepared = await prepare(deps, deps.store.read, asking);
  if (!prepared.ok) return refused(prepared.error);
  const { decision, scopeHash, resource } = prepared.value;
  deps.metrics.countDryRun(decision.outcome);
  const view = decisionView(decision, asking.principal.provenance);
  return json({ decision: view, scopeHash, revokeClass: revokeClassView(deps, resource) });
}

async function showRequest(
  deps: HandlerDeps,
  viewer: Principal,
  result: Result<RequestRow, AccessRefusal>,
  status: 200 | 201 = 200,
): Promise<Answer> {
  return result.ok ? await show(deps, viewer, result.value, status) : refused(result.error);
}

async function show(deps: HandlerDeps, viewer: Principal, row: RequestRow, status: 200 | 201 = 200): Promise<Answer> {
  return json(requestView(deps, viewer, row, await answersTo(deps.store.read, row)), status);
}

/**
 * Requester, admin, whoever answered it and may still approve, whoever may answer it while it waits, or revoke it while it
 * is approved, and everybody who is told of an emergency.
 */
async function maySee(deps: HandlerDeps, principal: Principal, row: RequestRow): Promise<boolean> {
  if (row.subject === principal.subject || principal.admin) return true;
  if (isConcerned(deps, row, principal)) return true;
  if (hasAnswered(deps, row, principal, await answersTo(deps.store.read, row))) return true;
  if (row.state === 'approved' || row.state === 'revoked') return mayRevoke(deps, principal, row);
  return row.state === 'pending' && mayApproveRequest(deps, row, principal);
}
