// Runs policy cases: asks the engine, compares, and checks that enforcement agrees with the preview.
import { isDeepStrictEqual } from 'node:util';
import type { CountedApproval, Decision } from '#shared/domain/decision.ts';
import { formatDuration } from '#shared/domain/time.ts';
import type { PolicyEngine, Question, Standing } from '#broker/policy/engine.ts';
import type { PolicyCase } from './policy-cases.ts';

export type CaseResult = {
  readonly name: string;
  readonly place: string;
  readonly faults: readonly string[];
  readonly decision: Decision;
};

export function runCase(
  engine: PolicyEngine,
  { name, file, line, question, people, expected }: PolicyCase,
): CaseResult {
  const decision = engine.decide(question, people);
  const seen: Readonly<Record<string, unknown>> = {
    outcome: decision.outcome,
    policies: decision.reasons.map(({ policyId }) => policyId).toSorted(),
    ...(decision.outcome === 'needs_approval' && {
      needed: decision.needed,
      approvers: decision.approvers.map((approver) => approver.name).toSorted(),
    }),
    ...(decision.outcome === 'denied' && {
      code: decision.code,
      missingFacts: decision.missingFacts,
      counterOffer: decision.counterOffer && {
        duration: decision.counterOffer.durationMs,
        outcome: decision.counterOffer.outcome,
      },
    }),
  };
  const wanted = {
    ...expected,
    policies: expected.policies?.toSorted(),
    approvers: expected.approvers?.toSorted(),
    missingFacts: expected.missingFacts?.toSorted(),
  };
  const faults = Object.entries(wanted)
    .filter(([key, value]) => value !== undefined && !isDeepStrictEqual(value, seen[key]))
    .map(([key, value]) => `${key}: expected ${show(value)}, policy says ${show(seen[key])}`);
  const agrees = previewAgrees(engine, question, decision);
  return {
    name,
    place: `${file}:${line}`,
    faults: agrees ? faults : [...faults, 'enforcement does not agree with the preview'],
    decision,
  };
}

/** Whether enforcing with exactly what the decision asks for allows, and with nothing allows only what was approved. */
export function previewAgrees(engine: PolicyEngine, question: Question, decision: Decision): boolean {
  const bare = engine.enforce(question, NOTHING).allowed;
  if (bare !== (decision.outcome === 'approved')) return false;
  return decision.outcome === 'denied' || engine.enforce(question, standingFor(decision)).allowed;
}

export const NOTHING: Standing = { approvals: [], selfConfirmed: false };

/** The least that a decision asks for, given by made-up people. */
export function standingFor(decision: Decision): Standing {
  if (decision.outcome === 'needs_confirmation') return { approvals: [], selfConfirmed: true };
  return decision.outcome === 'needs_approval'
    ? { approvals: approvalsOf(decision.needed.count, decision.needed.owner), selfConfirmed: false }
    : NOTHING;
}

export function approvalsOf(count: number, owner: boolean): readonly CountedApproval[] {
  return Array.from({ length: count }, (_, index) => ({
    subject: `approver-${index}`,
    person: `approver-${index}`,
    owner: owner && index === 0,
  }));
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return JSON.stringify(value, (key, inner: unknown) =>
    key === 'duration' && typeof inner === 'number' ? formatDuration(inner) : inner,
  );
}
