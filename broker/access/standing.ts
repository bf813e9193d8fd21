// How a request stands: which answers count today, what they leave of the scope, and whether policy allows it so.
// Asked again at each answer and at collect, on every path.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { CountedApproval } from '#shared/domain/decision.ts';
import { samePerson, type Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { intersectScopes, type Scope } from '#shared/domain/scope.ts';
import type { Question, Verdict } from '#broker/policy/engine.ts';
import type { Reader } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { askOfRequest, toQuestion, type RequesterNow } from './ask.ts';
import { isFresh, isWeighty } from './fresh-sign-in.ts';
import { findSuccessor, isOwner } from './extension.ts';
import { answersTo, findGrant } from './rows.ts';
import { storedFloor, storedScope } from './stored.ts';
import type { ApprovalRow, GrantRow, RequestRow } from './tables.ts';

export type Standing = {
  readonly requester: Principal;
  readonly resource: Resource;
  readonly extended: GrantRow | null;
  readonly question: Question;
  readonly counted: readonly CountedApproval[];
  /** What all counted approvals allow: the most that may be issued. */
  readonly scope: Scope;
  readonly verdict: Verdict;
  /** Enough people for the floor that an extension carries. */
  readonly meetsFloor: boolean;
};

export type StandingFault = 'requester_unknown' | 'resource_changed' | 'grant_over' | 'empty_scope';

/** Computes everything again from what is true now; `now`: what the requester shows while they collect. A fault means that the request can never be honoured any more. */
export async function standingOf(
  deps: AccessDeps,
  db: Reader,
  row: RequestRow,
  now?: RequesterNow,
): Promise<Result<Standing, StandingFault>> {
  const requester = deps.directory.find(row.subject);
  if (requester === null) return { ok: false, error: 'requester_unknown' };
  const snapshot = deps.snapshot();
  const resource = snapshot.resource(row.resource);
  const asked = storedScope(row);
  if (resource === null || snapshot.catalogHash(resource) !== asked.catalogHash)
    return { ok: false, error: 'resource_changed' };
  if (asked.actions.some((action) => !Object.hasOwn(resource.actions, action)))
    return { ok: false, error: 'resource_changed' };
  const extended = row.extends_grant === null ? null : ((await findGrant(db, row.extends_grant)) ?? null);
  if (row.extends_grant !== null && (extended?.state !== 'active' || extended.ends_at_ms <= deps.clock.now())) {
    return { ok: false, error: 'grant_over' };
  }
  if (extended !== null && (await findSuccessor(db, extended.id)) !== undefined)
    return { ok: false, error: 'grant_over' };
  if (extended !== null && deps.unwrittenEnds.has(extended.id)) return { ok: false, error: 'grant_over' };
  const [question, answers] = await Promise.all([
    toQuestion(deps, db, askOfRequest(row, requester, resource, extended, now)),
    answersTo(db, row),
  ]);
  const { counted, scopes } = countApprovals(deps, question, answers);
  const scope = intersectScopes(asked, scopes);
  if (!scope.ok) return { ok: false, error: 'empty_scope' };
  const narrowed = { ...question, actions: scope.value.actions, durationMs: scope.value.durationMs };
  const verdict = snapshot.policy.enforce(narrowed, { approvals: counted, selfConfirmed: row.self_confirmed === 1 });
  return ok({
    requester,
    resource,
    extended,
    question: narrowed,
    counted,
    scope: scope.value,
    verdict,
    meetsFloor: meetsFloor(row, counted),
  });
}

/** Answers of people who are still eligible: distinct, and never the requester under any account. */
function countApprovals(
  deps: AccessDeps,
  question: Question,
  answers: readonly ApprovalRow[],
): { counted: CountedApproval[]; scopes: Scope[] } {
  const counted: CountedApproval[] = [];
  const scopes: Scope[] = [];
  const people: Pick<Principal, 'subject' | 'person'>[] = [];
  const { policy } = deps.snapshot();
  for (const answer of answers) {
    const approver = deps.directory.find(answer.subject);
    if (answer.answer !== 'approve' || approver === null || !wasFresh(deps, question.resource, answer)) continue;
    if (samePerson(approver, question.requester) || !policy.mayApprove(approver, question)) continue;
    // Who they were when they answered counts too: an account that changes hands in between is not a second person.
    const then = { subject: answer.subject, person: answer.person };
    if (samePerson(then, question.requester)) continue;
    if (people.some((other) => samePerson(other, approver) || samePerson(other, then))) continue;
    people.push(approver, then);
    counted.push({
      subject: approver.subject,
      person: approver.person,
      owner: isOwner(approver, question.resource.owners),
    });
    scopes.push(storedScope(answer));
  }
  return { counted, scopes };
}

/** What matters is the moment of the answer: an approval does not grow stale while others answer. */
function wasFresh({ directory }: AccessDeps, resource: Resource, answer: ApprovalRow): boolean {
  const { freshSignInMs } = directory;
  return (
    freshSignInMs === null || !isWeighty(resource) || isFresh(answer.auth_time_ms, answer.created_at_ms, freshSignInMs)
  );
}

function meetsFloor(row: RequestRow, counted: readonly CountedApproval[]): boolean {
  const floor = storedFloor(row);
  if (floor === null) return true;
  return counted.length >= floor.count && (!floor.owner || counted.some((approval) => approval.owner));
}
