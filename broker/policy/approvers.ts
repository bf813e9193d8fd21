// Who may answer a request: people, each counted once, and never the requester under any of their accounts.
import type { EligibleApprover, NeededApprovals } from '#shared/domain/decision.ts';
import { samePerson, type PersonId, type Principal } from '#shared/domain/identity.ts';
import type { Prepared } from './cedar-slots.ts';
import type { Question, Standing } from './engine.ts';
import { mayApproveByPolicy } from './evaluate.ts';
import type { Rung } from './ladder.ts';

/** The checks that no policy can lift come first. */
export function mayApprove(prepared: Prepared, approver: Principal, question: Question): boolean {
  if (samePerson(approver, question.requester) || approver.kind !== 'person') return false;
  return mayApproveByPolicy(prepared, approver, question);
}

/** One entry a person; of several accounts the one in an owner group is named. Sorted by name, for people to read. */
export function eligibleApprovers(prepared: Prepared, question: Question, people: readonly Principal[]): readonly EligibleApprover[] {
  const byPerson = new Map<PersonId, EligibleApprover>();
  for (const { subject, person, name, teams, ...rest } of people) {
    const owner = teams.some((team) => question.resource.owners.includes(team));
    if (byPerson.get(person)?.owner === true || (byPerson.has(person) && !owner)) continue;
    if (!mayApprove(prepared, { subject, person, name, teams, ...rest }, question)) continue;
    byPerson.set(person, { subject, person, name, owner });
  }
  return [...byPerson.values()].sort((a, b) => a.name.localeCompare(b.name, 'en') || (a.subject < b.subject ? -1 : 1));
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
