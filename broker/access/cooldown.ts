// After a no: the same is not asked again for a while, so that approvers are not worn down; nor is one emergency access
// followed by the next, which would be an extension without people.
import { samePerson, type Principal } from '#shared/domain/identity.ts';
import type { Decision, Reason } from '#shared/domain/decision.ts';
import type { Scope } from '#shared/domain/scope.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { Reader } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { approvalRules } from './approval-rules.ts';
import type { Ask } from './ask.ts';
import { storedScope } from './stored.ts';

const REJECTED_LATELY: Reason = {
  policyId: 'daypass.cooldown',
  title: 'Somebody rejected the same a short time ago; ask for less, or wait',
  fix: 'time',
};
const EMERGENCY_LATELY: Reason = {
  policyId: 'daypass.break-glass-rest',
  title: 'You had emergency access to this a short time ago; more of it needs people',
  fix: 'approvals',
};

/** Turns a decision into a denial while a cooldown runs. What is denied anyway keeps its own reasons. */
export async function withCooldown(
  deps: AccessDeps,
  db: Reader,
  ask: Ask,
  scope: Scope,
  decision: Decision,
): Promise<Decision> {
  if (decision.outcome === 'denied') return decision;
  const subjects = accountsOf(deps, ask.requester);
  const held = ask.breakGlass
    ? await emergencyRest(deps, db, ask, subjects)
    : await rejection(deps, db, ask, scope, subjects);
  if (held === null) return decision;
  return {
    outcome: 'denied',
    code: 'cooldown',
    policyHash: decision.policyHash,
    reasons: [held.reason],
    missingFacts: [],
    counterOffer: null,
    retryAtMs: held.retryAtMs,
  };
}

type Held = { readonly reason: Reason; readonly retryAtMs: EpochMs | null };

/** All accounts of the human: another account is no way around. */
function accountsOf(deps: AccessDeps, requester: Principal): string[] {
  const others = deps.directory.people().filter((other) => samePerson(other, requester));
  return [...new Set([requester.subject, ...others.map(({ subject }) => subject)])];
}

async function rejection(
  deps: AccessDeps,
  db: Reader,
  ask: Ask,
  scope: Scope,
  subjects: string[],
): Promise<Held | null> {
  const { cooldownMs } = approvalRules(ask.resource, deps.limits.approvals);
  const rejected = await db
    .selectFrom('requests')
    .select(['scope', 'closed_at_ms'])
    .where('subject', 'in', subjects)
    .where('resource', '=', ask.resource.id)
    .where('state', '=', 'rejected')
    .where('closed_at_ms', '>', deps.clock.now() - cooldownMs)
    .orderBy('closed_at_ms', 'desc')
    .execute();
  const same = rejected.find((row) => asksAgain(scope, storedScope(row)));
  return same === undefined
    ? null
    : { reason: REJECTED_LATELY, retryAtMs: (same.closed_at_ms ?? deps.clock.now()) + cooldownMs };
}

/**
 * A rejection often means "too much", so less may be asked at once: without one of the actions, or for at most half the
 * time. Half and not just shorter, since an answer to 59 minutes after one to 60 is the same question; halving ends after
 * a few steps. What asks for all of the rejected actions and more asks again.
 */
export function asksAgain(asked: Scope, rejected: Scope): boolean {
  return (
    rejected.actions.every((action) => asked.actions.includes(action)) && asked.durationMs * 2 > rejected.durationMs
  );
}

/** One emergency at a time for a human and a resource, and none for a while after its end. */
async function emergencyRest(deps: AccessDeps, db: Reader, ask: Ask, subjects: string[]): Promise<Held | null> {
  const restMs = ask.resource.breakGlass?.rest ?? 0;
  const open = await db
    .selectFrom('requests')
    .select('id')
    .where('subject', 'in', subjects)
    .where('resource', '=', ask.resource.id)
    .where('break_glass', '=', 1)
    .where('state', '=', 'approved')
    .executeTakeFirst();
  if (open !== undefined) return { reason: EMERGENCY_LATELY, retryAtMs: null };
  const last = await db
    .selectFrom('grants')
    .select('ends_at_ms')
    .where('subject', 'in', subjects)
    .where('resource', '=', ask.resource.id)
    .where('break_glass', '=', 1)
    .orderBy('ends_at_ms', 'desc')
    .executeTakeFirst();
  // Counted from the planned end also when it was ended sooner: giving it back early must not buy the next one.
  const retryAtMs = (last?.ends_at_ms ?? 0) + restMs;
  return retryAtMs > deps.clock.now() ? { reason: EMERGENCY_LATELY, retryAtMs } : null;
}
