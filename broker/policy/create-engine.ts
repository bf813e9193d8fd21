// The engine behind the port: the loaded policies and the functions over them. Holds no state of its own.
import { createHash } from 'node:crypto';
import { standingRung, mayApprove } from './approvers.ts';
import { totalMs } from './cedar-request.ts';
import type { Prepared } from './cedar-slots.ts';
import { offeredDurations } from './counter-offer.ts';
import { decide, refuseAtOnce, type LoadedPolicies } from './decide.ts';
import { claimWitnesses, eligibleActions } from './eligible.ts';
import type { PolicyEngine, Question, Standing, Verdict } from './engine.ts';
import { evaluatorFor } from './evaluate.ts';
import { mostApprovals, suppose } from './ladder.ts';
import { explainRefusal, reasonsOf } from './missing-facts.ts';
import type { Policy } from './policy.ts';

/** Takes policies that were checked, and their place in Cedar; gives the engine. */
export function createEngine(policies: readonly Policy[], prepared: Prepared): PolicyEngine {
  const loaded: LoadedPolicies = {
    policyHash: policyHash(prepared.schema, policies),
    byId: new Map(policies.map((policy) => [policy.id, policy])),
    prepared,
    mostApprovals: mostApprovals(policies),
    offeredDurations: offeredDurations(policies),
  };
  const witnesses = claimWitnesses(policies);
  return {
    policyHash: loaded.policyHash,
    eligible: (requester, resource, facts, mode) => eligibleActions(loaded, witnesses, { requester, resource, facts, mode }),
    decide: (question, people) => decide(loaded, question, people),
    enforce: (question, standing) => enforce(loaded, question, standing),
    mayApprove: (approver, question) => mayApprove(prepared, approver, question),
  };
}

function enforce(loaded: LoadedPolicies, question: Question, standing: Standing): Verdict {
  const refused = refuseAtOnce(question);
  if (refused !== null) return { allowed: false, evaluationError: false, ...refused };
  const evaluation = evaluatorFor(loaded.prepared, question)(suppose(standingRung(standing, question), question.durationMs));
  if (!evaluation.allowed) {
    const refusal = explainRefusal(loaded.byId, question, evaluation);
    return { allowed: false, evaluationError: refusal.code === 'evaluation_error', ...refusal };
  }
  if (totalMs(question, question.durationMs) > question.resource.maxDuration) {
    return { allowed: false, evaluationError: false, code: 'over_max_duration', reasons: [], missingFacts: [] };
  }
  return { allowed: true, reasons: reasonsOf(loaded.byId, evaluation.answers) };
}

function policyHash(schema: string, policies: readonly Policy[]): string {
  const texts = policies.map(({ id, statement }) => [id, statement.text]);
  return createHash('sha256').update(JSON.stringify([schema, texts])).digest('hex');
}
