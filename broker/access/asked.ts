// Who is asked to answer a request: everybody whom policy lets approve, but those whom escalation holds back until then.
// Being asked is about being told; whether somebody may answer is policy's word alone (`mayApproveRequest`).
import type { Resource } from '#shared/contracts/catalog.ts';
import { samePerson, type PersonId, type Principal } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { isInGroup } from '#broker/policy/approvers.ts';
import type { Question } from '#broker/policy/engine.ts';
import type { AccessDeps } from './access-deps.ts';
import { isOwner } from './extension.ts';
import { storedDecision, storedGroups, storedScope } from './stored.ts';
import type { ApprovalRow, RequestRow } from './tables.ts';

export type Asked = { readonly person: PersonId; readonly name: string; readonly owner: boolean };

/** Whether policy lets this principal answer the request as it stands now. Never the requester. */
export function mayApproveRequest(deps: AccessDeps, row: RequestRow, approver: Principal): boolean {
  const question = approvingQuestion(deps, row);
  return question !== null && mayApprove(deps, question, approver);
}

/** Whether this principal is asked now: may answer, and is not held back for an escalation to come. */
export function isAsked(deps: AccessDeps, row: RequestRow, approver: Principal): boolean {
  if (storedDecision(row).outcome !== 'needs_approval') return false;
  const question = approvingQuestion(deps, row);
  return question !== null && mayApprove(deps, question, approver) && !isHeldBack(row, question.resource, approver);
}

/** Everybody who is asked now, one entry a person; of several accounts the one that owns the resource. By name. */
export function askedPeople(deps: AccessDeps, row: RequestRow): readonly Asked[] {
  const question = approvingQuestion(deps, row);
  if (question === null || storedDecision(row).outcome !== 'needs_approval') return [];
  const byPerson = new Map<PersonId, Asked>();
  for (const candidate of deps.directory.people()) {
    const { person, name } = candidate;
    const owner = isOwner(candidate, question.resource.owners);
    const known = byPerson.get(person);
    if (known !== undefined && (known.owner || !owner)) continue;
    if (isHeldBack(row, question.resource, candidate) || !mayApprove(deps, question, candidate)) continue;
    byPerson.set(person, { person, name, owner });
  }
  return [...byPerson.values()].toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/**
 * Whether this principal is told of an emergency access: owners and administrators, and whoever would have been asked.
 * Not the person who took it, under any account.
 */
export function isConcerned(deps: AccessDeps, row: RequestRow, principal: Principal): boolean {
  const holder = deps.directory.find(row.subject);
  if (row.break_glass !== 1 || principal.kind !== 'person') return false;
  if (row.subject === principal.subject || (holder !== null && samePerson(holder, principal))) return false;
  const resource = deps.snapshot().resource(row.resource);
  if (principal.admin || (resource !== null && isOwner(principal, resource.owners))) return true;
  return mayApproveRequest(deps, row, principal);
}

/** Whether somebody who answered still sees the request: not when policy no longer counts them among its approvers. */
export function hasAnswered(
  deps: AccessDeps,
  row: RequestRow,
  principal: Principal,
  answers: readonly ApprovalRow[],
): boolean {
  return answers.some((answer) => answer.person === principal.person) && mayApproveRequest(deps, row, principal);
}

function mayApprove(deps: AccessDeps, question: Question, approver: Principal): boolean {
  return !samePerson(approver, question.requester) && deps.snapshot().policy.mayApprove(approver, question);
}

function isHeldBack(row: RequestRow, resource: Resource, approver: Principal): boolean {
  if (row.escalated_at_ms !== null || isOwner(approver, resource.owners)) return false;
  return storedGroups(row).some((group) => isInGroup(approver, group));
}

/** Who may approve hangs on who asks and for what, and on the time: nothing else is looked up. */
function approvingQuestion(deps: AccessDeps, row: RequestRow): Question | null {
  const requester = deps.directory.find(row.subject);
  const resource = deps.snapshot().resource(row.resource);
  if (requester === null || resource === null) return null;
  const scope = storedScope(row);
  return {
    requester,
    resource,
    actions: scope.actions,
    durationMs: scope.durationMs,
    claimed: { purpose: row.purpose, ticket: row.ticket },
    facts: {
      nowMs: decisiveMs(deps.clock.now(), scope.startAtMs),
      device: deps.directory.deviceFacts(row.device),
      networkAddress: null,
      holidays: deps.directory.holidays(),
      heldMs: 0,
    },
    extension: null,
    mode: deps.directory.mode,
    breakGlass: false,
  };
}

/** A scheduled request is weighed at the time when the access would be used. */
export function decisiveMs(nowMs: EpochMs, startAtMs: EpochMs | null): EpochMs {
  return Math.max(nowMs, startAtMs ?? nowMs);
}
