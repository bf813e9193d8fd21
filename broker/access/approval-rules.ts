// When approvers are reminded and more of them asked: the resource's own rules over the configuration's.
import type { ApprovalDefaults } from '#shared/contracts/approval-rules.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Decision } from '#shared/domain/decision.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import { canBeMet, isInGroup } from '#broker/policy/approvers.ts';
import type { AccessDeps } from './access-deps.ts';

export type ApprovalRules = {
  readonly cooldownMs: DurationMs;
  readonly remindAfterMs: readonly DurationMs[];
  readonly escalateAfterMs: DurationMs;
  readonly escalateTo: readonly string[];
};

export function approvalRules({ approvals: own }: Resource, defaults: ApprovalDefaults): ApprovalRules {
  return {
    cooldownMs: own?.cooldown ?? defaults.cooldown,
    remindAfterMs: own?.remindAfter ?? defaults.remindAfter,
    escalateAfterMs: own?.escalateAfter ?? defaults.escalateAfter,
    escalateTo: own?.escalateTo ?? defaults.escalateTo,
  };
}

/** What a request that waits for people is stored with. */
export type Chase = {
  readonly remind_at_ms: EpochMs | null;
  readonly escalate_at_ms: EpochMs | null;
  /** JSON list of the groups that are held back until then. */
  readonly escalate_to: string;
};

export const NO_CHASE: Chase = { remind_at_ms: null, escalate_at_ms: null, escalate_to: '[]' };

export function firstChase(deps: AccessDeps, resource: Resource, decision: Decision, nowMs: EpochMs): Chase {
  if (decision.outcome !== 'needs_approval') return NO_CHASE;
  const rules = approvalRules(resource, deps.limits.approvals);
  const groups = heldBackGroups(deps, rules, decision);
  return {
    remind_at_ms: nextReminder(rules, nowMs, nowMs),
    escalate_at_ms: groups.length === 0 ? null : nowMs + rules.escalateAfterMs,
    escalate_to: JSON.stringify(groups),
  };
}

/** The first reminder after now; those that were slept through are not made up for. */
export function nextReminder(
  { remindAfterMs }: Pick<ApprovalRules, 'remindAfterMs'>,
  createdAtMs: EpochMs,
  nowMs: EpochMs,
): EpochMs | null {
  return remindAfterMs.map((afterMs) => createdAtMs + afterMs).find((atMs) => atMs > nowMs) ?? null;
}

/** Nobody is held back where the others alone could not settle it. */
function heldBackGroups(
  deps: AccessDeps,
  { escalateTo }: ApprovalRules,
  { needed, approvers }: Extract<Decision, { outcome: 'needs_approval' }>,
): readonly string[] {
  const isHeldBack = (subject: string): boolean => {
    const principal = deps.directory.find(subject);
    return principal !== null && escalateTo.some((group) => isInGroup(principal, group));
  };
  const others = approvers.filter(({ subject, owner }) => owner || !isHeldBack(subject));
  return canBeMet(needed, others) ? escalateTo : [];
}
