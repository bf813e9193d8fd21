// Who may answer a request: people, each counted once, and never the requester under any of their accounts.
import type { EligibleApprover, NeededApprovals } from '#shared/domain/decision.ts';
import { samePerson, type PersonId, type Principal } from '#shared/domain/identity.ts';
import { resourceEntity, userEntity } from './cedar-request.ts';
import type { Prepared } from './cedar-slots.ts';
import type { Question, Standing } from './engine.ts';
import { mayApproveByPolicy } from './evaluate.ts';
import type { Rung } from './ladder.ts';
import { appliesToAction, type Policy } from './policy.ts';

/** The policies about approving, and what they answered before: the same kind of person is asked about all the time. */
export type ApproverRules = {
  readonly prepared: Prepared;
  /** Whether a policy looks at more of the approver than kind, roles and teams: then nothing is remembered. */
  readonly personal: boolean;
  readonly remembered: Map<string, boolean>;
};

const REMEMBERED_AT_MOST = 10_000;

export function approverRules(prepared: Prepared, policies: readonly Policy[]): ApproverRules {
  const about = policies.filter((policy) => appliesToAction(policy, 'approve'));
  // Who somebody is can only be told by a literal of type User or by the requester in the context.
  const personal = about.some(
    ({ reads, statement }) => statement.text.includes('User') || [...reads].some((path) => path.startsWith('context.')),
  );
  return { prepared, personal, remembered: new Map() };
}

/** The checks that no policy can lift come first. */
export function mayApprove(rules: ApproverRules, approver: Principal, question: Question): boolean {
  if (samePerson(approver, question.requester) || approver.kind !== 'person') return false;
  if (rules.personal) return mayApproveByPolicy(rules.prepared, approver, question);
  const key = JSON.stringify([userEntity({ ...approver, subject: '' }), resourceEntity(question.resource)]);
  const known = rules.remembered.get(key);
  if (known !== undefined) return known;
  const answer = mayApproveByPolicy(rules.prepared, approver, question);
  if (rules.remembered.size >= REMEMBERED_AT_MOST) rules.remembered.clear();
  rules.remembered.set(key, answer);
  return answer;
}

/** One entry a person; of several accounts the one in an owner group is named. Sorted by name, for people to read. */
export function eligibleApprovers(
  rules: ApproverRules,
  question: Question,
  people: readonly Principal[],
): readonly EligibleApprover[] {
  const byPerson = new Map<PersonId, EligibleApprover>();
  for (const candidate of people) {
    const { subject, person, name } = candidate;
    const owner = candidate.teams.some((team) => question.resource.owners.includes(team));
    const adds = !byPerson.has(person) || (owner && byPerson.get(person)?.owner === false);
    if (adds && mayApprove(rules, candidate, question)) byPerson.set(person, { subject, person, name, owner });
  }
  return [...byPerson.values()].toSorted(
    (a, b) => a.name.localeCompare(b.name, 'en') || (a.subject < b.subject ? -1 : 1),
  );
}

/** Whether somebody is in a group that a catalog names: one of their teams or roles. */
export function isInGroup({ teams, roles }: Pick<Principal, 'teams' | 'roles'>, group: string): boolean {
  return teams.includes(group) || roles.includes(group);
}

export function canBeMet(needed: NeededApprovals, approvers: readonly EligibleApprover[]): boolean {
  return approvers.length >= needed.count && (!needed.owner || approvers.some(({ owner }) => owner));
}

/** What the approvals amount to: distinct people other than the requester, and whether one of them is an owner. */
export function standingRung({ approvals, selfConfirmed }: Standing, { requester, mode }: Question): Rung {
  const counted = approvals.filter((approval) => !samePerson(approval, requester));
  return {
    approvals: new Set(counted.map(({ person }) => person)).size,
    owner: counted.some(({ owner }) => owner),
    selfConfirmed: selfConfirmed && mode === 'embedded',
  };
}
