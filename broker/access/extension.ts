// Extending a grant: what may be extended, and how many people an extension needs whatever policy says now.
import type { Decision, EligibleApprover, NeededApprovals } from '#shared/domain/decision.ts';
import { samePerson, type Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Question } from '#broker/policy/engine.ts';
import type { Reader } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { approvalsOf, findGrant, findRequest } from './rows.ts';
import { storedActions, storedDecision } from './stored.ts';
import type { GrantRow } from './tables.ts';

export type Extended = { readonly grant: GrantRow; readonly floor: NeededApprovals | null };

type Wanted = {
  readonly grantId: string;
  readonly resource: string;
  readonly actions: readonly string[];
  readonly device: string;
};

/** Finds the grant that a request wants to extend. Only its holder's live one, on its device, for no more actions than it has. */
export async function findExtended(
  deps: AccessDeps,
  db: Reader,
  requester: Principal,
  wanted: Wanted,
): Promise<Result<Extended, AccessRefusal>> {
  const grant = await findGrant(db, wanted.grantId);
  if (grant === undefined || grant.subject !== requester.subject)
    return refuse('not_found', 'No such grant to extend.');
  if (grant.state !== 'active' || grant.ends_at_ms <= deps.clock.now() || deps.unwrittenEnds.has(grant.id))
    return refuse('state_conflict', 'Only an active grant can be extended.');
  if (grant.resource !== wanted.resource)
    return refuse('invalid_request', 'An extension is for the resource of its grant.');
  if (grant.device !== wanted.device)
    return refuse('state_conflict', 'A grant is extended from the device that holds it.');
  if (grant.ends_with !== null) return refuse('invalid_request', 'A grant that ends with its task is not extended.');
  if ((await findSuccessor(db, grant.id)) !== undefined)
    return refuse('state_conflict', 'The grant was extended already; extend the one that took over.');
  const held = storedActions(grant);
  if (wanted.actions.some((action) => !held.includes(action))) {
    return refuse('invalid_request', 'An extension is for the actions of its grant; ask anew for others.');
  }
  return ok({ grant, floor: await peopleWhoDecided(db, grant) });
}

/** Past an end that people approved only people lead: as many as it took then, even if policy alone would do now. */
async function peopleWhoDecided(db: Reader, grant: GrantRow): Promise<NeededApprovals | null> {
  const request = await findRequest(db, grant.request_id);
  if (request === undefined) throw new Error(`grant ${grant.id} has no request`);
  const decision = storedDecision(request);
  const needed = decision.outcome === 'needs_approval' ? decision.needed : null;
  // People may have narrowed what policy alone, or a confirmation, would have let through.
  const answers = await approvalsOf(db, request.id);
  const count = Math.max(needed?.count ?? 0, answers.filter(({ answer }) => answer === 'approve').length);
  return count === 0 ? null : { count, owner: needed?.owner ?? false };
}

/** The grant of an extension that took over, or is about to. One at a time: two would count from the same end. */
export async function findSuccessor(db: Reader, grantId: string): Promise<GrantRow | undefined> {
  return await db
    .selectFrom('grants')
    .selectAll()
    .where('extends_grant', '=', grantId)
    .where('state', 'in', ['activating', 'active'])
    .executeTakeFirst();
}

/** Raises a decision to the floor of people that an extension needs. */
export function raiseToFloor(
  deps: AccessDeps,
  question: Question,
  decision: Decision,
  floor: NeededApprovals | null,
): Decision {
  if (floor === null || decision.outcome === 'denied') return decision;
  const needed: NeededApprovals =
    decision.outcome === 'needs_approval'
      ? { count: Math.max(decision.needed.count, floor.count), owner: decision.needed.owner || floor.owner }
      : floor;
  const reasons = [
    ...decision.reasons,
    {
      policyId: 'daypass.extension',
      title: 'People approved the time that ends now, so people approve more of it',
      fix: 'approvals',
    },
  ];
  const approvers = eligibleApprovers(deps, question);
  // Of a person with two accounts the one that owns the resource counts.
  const ownersLast = approvers.toSorted((a, b) => Number(a.owner) - Number(b.owner));
  const everybody = [...new Map(ownersLast.map((approver) => [approver.person, approver])).values()];
  const enough = everybody.length >= needed.count;
  // A guard that a confirmation alone lifts would keep it waiting for answers that cannot settle it.
  const canSettle = deps.snapshot().policy.enforce(question, { approvals: everybody, selfConfirmed: false }).allowed;
  if (!enough || !canSettle || (needed.owner && !approvers.some((approver) => approver.owner))) {
    return {
      outcome: 'denied',
      code: 'no_eligible_approver',
      policyHash: decision.policyHash,
      reasons,
      missingFacts: [],
      counterOffer: null,
      retryAtMs: null,
    };
  }
  return { outcome: 'needs_approval', needed, approvers, policyHash: decision.policyHash, reasons };
}

/** Everybody who may approve now, the requester and their other accounts apart. */
export function eligibleApprovers(deps: AccessDeps, question: Question): readonly EligibleApprover[] {
  const { policy } = deps.snapshot();
  return deps.directory
    .people()
    .filter((person) => !samePerson(person, question.requester) && policy.mayApprove(person, question))
    .map((person) => ({
      subject: person.subject,
      person: person.person,
      name: person.name,
      owner: isOwner(person, question.resource.owners),
    }));
}

export function isOwner(principal: Pick<Principal, 'teams'>, owners: readonly string[]): boolean {
  return principal.teams.some((team) => owners.includes(team));
}
