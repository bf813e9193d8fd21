// How a request looks from outside: as asked, as it stands, who is waited for, who answered what.
import type { RequestView } from '#shared/contracts/broker-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { formatDuration, formatInstant } from '#shared/domain/time.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { askedPeople, type Asked } from '#broker/access/asked.ts';
import { nextNudge } from '#broker/access/nudge.ts';
import { scopeHash } from '#broker/access/scope-hash.ts';
import { storedAsked, storedDecision, storedScope } from '#broker/access/stored.ts';
import type { ApprovalRow, RequestRow } from '#broker/access/tables.ts';
import { decisionView, instant, nameOf, revokeClassView, type ViewDeps } from './views.ts';

/** Who is asked about a request now. */
export type AskedOf = (row: RequestRow) => readonly Asked[];

/** For a list: requests of one person for one resource ask the same people, who are looked up once. */
export function rememberAsked(deps: AccessDeps): AskedOf {
  const known = new Map<string, readonly Asked[]>();
  return (row) => {
    const key = JSON.stringify([row.subject, row.resource, row.escalate_to, row.escalated_at_ms === null]);
    const asked = known.get(key) ?? askedPeople(deps, row);
    known.set(key, asked);
    return asked;
  };
}

export function requestView(
  deps: ViewDeps,
  viewer: Principal,
  row: RequestRow,
  answers: readonly ApprovalRow[],
  askedOf: AskedOf = (request) => askedPeople(deps, request),
): RequestView {
  const scope = storedScope(row);
  const resource = deps.snapshot().resource(row.resource);
  return {
    id: row.id,
    state: row.state,
    closeCode: row.close_code,
    closeReason: row.close_reason,
    requester: { name: nameOf(deps, row.subject), me: row.subject === viewer.subject },
    resource: { id: row.resource, name: resource?.name ?? row.resource, sensitivity: resource?.sensitivity ?? null },
    asked: askedView(row),
    scope: {
      actions: [...scope.actions],
      duration: formatDuration(scope.durationMs),
      startAt: instant(scope.startAtMs),
    },
    scopeHash: row.scope_hash,
    purpose: row.purpose,
    justification: row.justification,
    ticket: row.ticket,
    endsWith: row.ends_with,
    extends: row.extends_grant,
    bundleId: row.bundle_id,
    decision: decisionView(storedDecision(row), row.provenance),
    answers: answers.map((answer) => answerView(deps, answer)),
    approvers: row.state === 'pending' ? approversView(askedOf(row), answers) : [],
    nudgeAt: row.subject === viewer.subject ? instant(nextNudge(row, deps.limits.approvals.nudgeEvery)) : null,
    reminders: row.reminders,
    escalatedAt: instant(row.escalated_at_ms),
    breakGlass: row.break_glass === 1,
    selfConfirmed: row.self_confirmed === 1,
    createdAt: formatInstant(row.created_at_ms),
    approvedAt: instant(row.approved_at_ms),
    lapsesAt: instant(row.lapses_at_ms),
    grantId: row.grant_id,
    revokeClass: revokeClassView(deps, resource),
  };
}

function askedView(row: RequestRow): RequestView['asked'] {
  const asked = storedAsked(row);
  return { actions: asked.actions, duration: formatDuration(asked.durationMs) };
}

function answerView(deps: ViewDeps, answer: ApprovalRow): RequestView['answers'][number] {
  const scope = storedScope(answer);
  const narrows = answer.answer === 'approve' && scopeHash(scope) !== answer.scope_hash;
  return {
    name: nameOf(deps, answer.subject),
    answer: answer.answer,
    reason: answer.reason,
    at: formatInstant(answer.created_at_ms),
    narrowedTo: narrows ? { actions: [...scope.actions], duration: formatDuration(scope.durationMs) } : null,
  };
}

function approversView(asked: readonly Asked[], answers: readonly ApprovalRow[]): RequestView['approvers'] {
  return asked.map(({ person, name, owner }) => ({
    name,
    owner,
    answered: answers.some((answer) => answer.person === person),
  }));
}
