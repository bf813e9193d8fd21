// A request comes in: policy decides, and the request with its decision is stored and recorded in one transaction.
import type { Decision } from '#shared/domain/decision.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { RequestState } from '#shared/domain/request.ts';
import type { Scope } from '#shared/domain/scope.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { firstChase } from './approval-rules.ts';
import { checkEmergencyReason } from './break-glass.ts';
import { prepare, type Asking, type Prepared } from './prepare.ts';
import { decisionEvent, recordRequest, requestEvent } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { inTurnOf } from './in-turn.ts';
import { changeRequest, findRequest, onFreshRows } from './rows.ts';
import type { RequestRow } from './tables.ts';

export type Submission = Asking & {
  readonly idempotencyKey: string;
  /** SHA-256 (hex) of the body as parsed: the same key for another body is refused. */
  readonly bodyHash: string;
};

const ROUTE = 'POST /v1/requests';

/** Stores a request and gives it with its decision. The same Idempotency-Key and body give the same request again. */
export async function submit(deps: AccessDeps, submission: Submission): Promise<Result<RequestRow, AccessRefusal>> {
  return await onFreshRows(async () => {
    const answer = await deps.store.transaction(
      async (tx) => await submitOnce(deps, tx, submission),
      inTurnOf(submission.principal),
    );
    deps.deadlinesChanged();
    return answer;
  });
}

async function submitOnce(
  deps: AccessDeps,
  tx: Tx,
  submission: Submission,
): Promise<Result<RequestRow, AccessRefusal>> {
  const [repeated, tooMany, prepared] = await Promise.all([
    findRepeated(tx, submission),
    hasTooManyPending(deps, tx, submission),
    prepare(deps, tx, submission),
  ]);
  if (repeated !== null) return repeated;
  if (!prepared.ok) return prepared;
  // Not asked of a dry run: who types still sees what an emergency would give.
  const reasoned = checkEmergencyReason(submission.body);
  if (!reasoned.ok) return reasoned;
  if (tooMany) return refuse('rate_limited', 'Too many of your requests wait already; collect or withdraw one first.');
  return ok(await store(deps, tx, submission, prepared.value));
}

async function findRepeated(
  tx: Tx,
  { principal, idempotencyKey, bodyHash }: Submission,
): Promise<Result<RequestRow, AccessRefusal> | null> {
  const earlier = await tx
    .selectFrom('idempotency')
    .selectAll()
    .where('subject', '=', principal.subject)
    .where('route', '=', ROUTE)
    .where('key', '=', idempotencyKey)
    .executeTakeFirst();
  if (earlier === undefined) return null;
  if (earlier.body_hash !== bodyHash)
    return refuse('idempotency_conflict', 'This Idempotency-Key belongs to a request with another body.');
  const request = await findRequest(tx, earlier.request_id);
  if (request === undefined) throw new Error(`request ${earlier.request_id} of an Idempotency-Key is gone`);
  return ok(request);
}

async function hasTooManyPending(deps: AccessDeps, tx: Tx, { principal }: Submission): Promise<boolean> {
  const { pending } = await tx
    .selectFrom('requests')
    .select((eb) => eb.fn.countAll<number>().as('pending'))
    .where('subject', '=', principal.subject)
    .where('state', 'in', ['pending', 'approved'])
    .executeTakeFirstOrThrow();
  return Number(pending) >= deps.limits.pendingPerSubject;
}

async function store(deps: AccessDeps, tx: Tx, submission: Submission, prepared: Prepared): Promise<RequestRow> {
  const row = newRequest(deps, submission, prepared);
  if (row.extends_grant !== null && row.state !== 'denied') await supersedeEarlier(deps, tx, row.extends_grant);
  const idempotency = {
    subject: row.subject,
    route: ROUTE,
    key: submission.idempotencyKey,
    body_hash: submission.bodyHash,
    request_id: row.id,
    created_at_ms: row.created_at_ms,
  };
  await Promise.all([
    tx.insertInto('requests').values(row).execute(),
    tx.insertInto('idempotency').values(idempotency).execute(),
    recordSubmission(deps, tx, row, prepared),
  ]);
  return row;
}

function newRequest(
  deps: AccessDeps,
  { principal, device, body, networkAddress }: Submission,
  { scope, scopeHash, decision, floor, resource }: Prepared,
): RequestRow {
  const nowMs = deps.clock.now();
  const state = firstState(decision);
  return {
    id: newId('req'),
    version: 1,
    state,
    close_code: decision.outcome === 'denied' ? decision.code : null,
    subject: principal.subject,
    device,
    resource: scope.resource,
    asked: JSON.stringify({ actions: scope.actions, durationMs: scope.durationMs }),
    scope: JSON.stringify(scope),
    scope_hash: scopeHash,
    purpose: body.purpose,
    justification: body.justification,
    ticket: body.ticket ?? null,
    ends_with: body.endsWith ?? null,
    extends_grant: body.extends ?? null,
    bundle_id: body.bundleId ?? null,
    decision: JSON.stringify(decision),
    floor: floor === null ? null : JSON.stringify(floor),
    self_confirmed: 0,
    provenance: principal.provenance,
    network_address: state === 'denied' ? null : networkAddress,
    auth_time_ms: principal.authenticatedAtMs,
    break_glass: body.breakGlass ? 1 : 0,
    nudged_at_ms: null,
    reminders: 0,
    ...firstChase(deps, resource, decision, nowMs),
    escalated_at_ms: null,
    close_reason: null,
    closed_by: null,
    created_at_ms: nowMs,
    approved_at_ms: state === 'approved' ? nowMs : null,
    closed_at_ms: state === 'denied' ? nowMs : null,
    lapses_at_ms: lapsesAtMs(deps, state, nowMs, scope),
    words_pruned_at_ms: null,
    grant_id: null,
  };
}

function firstState(decision: Decision): Extract<RequestState, 'approved' | 'denied' | 'pending'> {
  if (decision.outcome === 'approved') return 'approved';
  return decision.outcome === 'denied' ? 'denied' : 'pending';
}

function lapsesAtMs(deps: AccessDeps, state: RequestState, nowMs: number, scope: Scope): number | null {
  if (state === 'pending') return nowMs + deps.limits.requestLapseMs;
  if (state !== 'approved') return null;
  const collectByMs = collectBy(deps, nowMs, scope.startAtMs);
  // An emergency that nobody collects is none: it must not wait in somebody's drawer.
  return scope.breakGlass ? Math.min(collectByMs, nowMs + scope.durationMs) : collectByMs;
}

/** Until when an approved request can be collected: counted from the later of approval and scheduled start. */
export function collectBy(deps: AccessDeps, approvedAtMs: number, startAtMs: number | null): number {
  return Math.max(approvedAtMs, startAtMs ?? approvedAtMs) + deps.limits.collectLapseMs;
}

/** A newer extension of the same grant takes the place of those that still wait. */
async function supersedeEarlier(deps: AccessDeps, tx: Tx, grantId: string): Promise<void> {
  const waiting = await tx
    .selectFrom('requests')
    .selectAll()
    .where('extends_grant', '=', grantId)
    .where('state', '=', 'pending')
    .execute();
  for (const earlier of waiting) {
    const row = await changeRequest(tx, earlier, 'supersede', {
      closed_at_ms: deps.clock.now(),
      close_code: 'newer_extension',
      lapses_at_ms: null,
      network_address: null,
    });
    await recordRequest(deps, tx, row, {
      kind: 'request.closed',
      actor: row.subject,
      data: { state: 'superseded', code: 'newer_extension' },
    });
  }
}

async function recordSubmission(
  deps: AccessDeps,
  tx: Tx,
  row: RequestRow,
  { scope, decision }: Prepared,
): Promise<void> {
  const submitted = requestEvent(deps, row, {
    kind: 'request.submitted',
    actor: row.subject,
    data: {
      actions: scope.actions,
      purpose: row.purpose,
      durationMs: scope.durationMs,
      scopeHash: row.scope_hash,
      device: row.device,
      startAtMs: scope.startAtMs,
      extendsGrant: row.extends_grant,
      bundleId: row.bundle_id,
      breakGlass: row.break_glass === 1,
    },
    words: { of: row.subject, text: { justification: row.justification, ticket: row.ticket ?? '' } },
  });
  const decided = decisionEvent(deps, row, decision, 'submit');
  if (row.state !== 'approved') return await deps.ledger.append(tx, submitted, decided);
  const data = { scopeHash: row.scope_hash };
  const approved = requestEvent(deps, row, { kind: 'request.approved', actor: 'broker', data });
  await deps.ledger.append(tx, submitted, decided, approved);
}
