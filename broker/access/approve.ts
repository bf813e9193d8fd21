// An approver answers to one exact scope. One reject ends the request; approvals add up until policy is content.
import type { AnswerBody } from '#shared/contracts/broker-api.ts';
import { samePerson, type Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { narrowScope, normaliseActions, type Scope } from '#shared/domain/scope.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { mayApproveRequest } from './asked.ts';
import { closeRequest } from './close.ts';
import { freshSignInNeeded, isWeighty } from './fresh-sign-in.ts';
import { lapseIfDue } from './lapse.ts';
import { recordRequest } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { approvalsOf, changeRequest, findRequest, onFreshRows } from './rows.ts';
import { scopeHash } from './scope-hash.ts';
import { standingOf } from './standing.ts';
import { storedScope } from './stored.ts';
import { collectBy } from './submit.ts';
import type { ApprovalRow, RequestRow } from './tables.ts';

export type Answering = { readonly approver: Principal; readonly requestId: string; readonly body: AnswerBody };

/** Records one answer. Refuses the requester, a repeated person, a stale scope hash, and a wider scope. */
export async function answerRequest(
  deps: AccessDeps,
  answering: Answering,
): Promise<Result<RequestRow, AccessRefusal>> {
  const answer = await onFreshRows(() => deps.store.transaction(async (tx) => await answerOnce(deps, tx, answering)));
  deps.deadlinesChanged();
  return answer;
}

async function answerOnce(
  deps: AccessDeps,
  tx: Tx,
  { approver, requestId, body }: Answering,
): Promise<Result<RequestRow, AccessRefusal>> {
  const found = await findRequest(tx, requestId);
  if (found === undefined) return refuse('not_found', 'No such request.');
  const answers = await approvalsOf(tx, found.id);
  const allowed = await checkApprover(deps, tx, found, approver);
  if (!allowed.ok) return allowed;
  const row = await lapseIfDue(deps, tx, found);
  const mine = answers.find((answer) => answer.person === approver.person);
  if (mine !== undefined)
    return isRepeat(mine, body) ? ok(row) : refuse('already_answered', 'You have answered this request already.');
  if (row.state !== 'pending') return refuse('state_conflict', `The request is ${row.state}.`);
  if (row.scope_hash !== body.scopeHash)
    return refuse('scope_changed', 'The scope changed since you saw it; look at the request again.');
  if (body.answer === 'reject') return await reject(deps, tx, row, approver, body, 'rejected_by_approver');
  const stale = leavesNothing(body) || !isWeightyRequest(deps, row) ? null : freshSignInNeeded(deps, approver);
  if (stale !== null) return { ok: false, error: stale };
  return await approve(deps, tx, row, approver, body);
}

/** A resource that is not known is treated as the weightiest. */
function isWeightyRequest(deps: AccessDeps, row: RequestRow): boolean {
  const resource = deps.snapshot().resource(row.resource);
  return resource === null || isWeighty(resource);
}

/** The same answer to the same scope, down to what it narrowed: only that changes nothing when it comes again. */
function isRepeat(mine: ApprovalRow, body: AnswerBody): boolean {
  if (mine.scope_hash !== body.scopeHash) return false;
  if (body.answer === 'reject' || leavesNothing(body)) return mine.answer === 'reject';
  if (mine.answer === 'reject') return false;
  const scope = storedScope(mine);
  if (body.narrowTo === undefined) return scopeHash(scope) === mine.scope_hash;
  const { actions, duration } = body.narrowTo;
  const sameActions = actions === undefined || normaliseActions(actions).join() === scope.actions.join();
  return sameActions && (duration === undefined || duration === scope.durationMs);
}

/** An approval of no action at all is a rejection. */
function leavesNothing({ narrowTo }: AnswerBody): boolean {
  return narrowTo?.actions?.length === 0;
}

/** Who may not even see the request is told that there is none; the requester is told why not. */
async function checkApprover(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  approver: Principal,
): Promise<Result<null, AccessRefusal>> {
  const requester = deps.directory.find(row.subject);
  const mine = approver.subject === row.subject;
  if (mine || (requester !== null && samePerson(approver, requester))) {
    await recordRequest(deps, tx, row, {
      kind: 'approval.refused',
      actor: approver.subject,
      outcome: 'failure',
      data: { code: 'self_approval' },
    });
    return mine ? refuse('forbidden', 'Nobody approves their own request.') : refuse('not_found', 'No such request.');
  }
  // Asked again also of who has answered: whom policy no longer counts sees no more of it.
  return mayApproveRequest(deps, row, approver) ? ok(null) : refuse('not_found', 'No such request.');
}

async function reject(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  approver: Principal,
  body: AnswerBody,
  code: string,
): Promise<Result<RequestRow, AccessRefusal>> {
  await storeAnswer(deps, tx, row, approver, { ...body, answer: 'reject' }, storedScope(row));
  return ok(await closeRequest(deps, tx, row, { move: 'reject', code, actor: approver.subject }));
}

async function approve(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  approver: Principal,
  body: AnswerBody,
): Promise<Result<RequestRow, AccessRefusal>> {
  const asked = storedScope(row);
  const narrowing = {
    ...(body.narrowTo?.actions === undefined ? {} : { actions: body.narrowTo.actions }),
    ...(body.narrowTo?.duration === undefined ? {} : { durationMs: body.narrowTo.duration }),
  };
  const narrowed = narrowScope(asked, narrowing);
  if (!narrowed.ok) {
    if (narrowed.error === 'empty_scope') return await reject(deps, tx, row, approver, body, 'nothing_left');
    return refuse('wider_than_scope', 'A narrowing takes away; it cannot add an action or time.');
  }
  await storeAnswer(deps, tx, row, approver, body, narrowed.value);
  const hash = scopeHash(narrowed.value);
  const standsNarrower =
    hash === row.scope_hash
      ? row
      : await changeRequest(tx, row, null, { scope: JSON.stringify(narrowed.value), scope_hash: hash });
  return ok(await settleStanding(deps, tx, standsNarrower, approver));
}

/** After an answer or a confirmation: approved when policy is content, denied when it never can be, else still waiting. */
export async function settleStanding(deps: AccessDeps, tx: Tx, row: RequestRow, actor: Principal): Promise<RequestRow> {
  const standing = await standingOf(deps, tx, row);
  if (!standing.ok) return await closeRequest(deps, tx, row, { move: 'deny', code: standing.error, actor: 'broker' });
  if (standing.value.verdict.allowed && standing.value.meetsFloor) {
    const nowMs = deps.clock.now();
    const approved = await changeRequest(tx, row, 'approve', {
      approved_at_ms: nowMs,
      lapses_at_ms: collectBy(deps, nowMs, standing.value.scope.startAtMs),
    });
    await recordRequest(deps, tx, approved, {
      kind: 'request.approved',
      actor: actor.subject,
      data: { scopeHash: approved.scope_hash },
    });
    return approved;
  }
  const decision = deps.snapshot().policy.decide(standing.value.question, deps.directory.people());
  if (decision.outcome === 'denied')
    return await closeRequest(deps, tx, row, {
      move: 'deny',
      code: decision.code,
      actor: 'broker',
      decision,
      stage: 'answer',
    });
  return row;
}

async function storeAnswer(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  approver: Principal,
  body: AnswerBody,
  scope: Scope,
): Promise<void> {
  const hash = scopeHash(scope);
  await tx
    .insertInto('approvals')
    .values({
      id: newId('apr'),
      request_id: row.id,
      subject: approver.subject,
      person: approver.person,
      answer: body.answer,
      scope_hash: body.scopeHash,
      scope: JSON.stringify(scope),
      reason: body.reason ?? null,
      auth_time_ms: approver.authenticatedAtMs,
      created_at_ms: deps.clock.now(),
    })
    .execute();
  await recordRequest(deps, tx, row, {
    kind: 'approval.answered',
    actor: approver.subject,
    data: {
      answer: body.answer,
      scopeHash: body.scopeHash,
      narrowedTo: hash === body.scopeHash ? null : hash,
      signedInAtMs: approver.authenticatedAtMs,
    },
    words: { of: approver.subject, text: { reason: body.reason ?? '' } },
  });
}
