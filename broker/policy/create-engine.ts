// The engine behind the port: the loaded policies and the functions over them. Its only state is a memory of pure answers.
import { createHash } from 'node:crypto';
import { approverRules, mayApprove, standingRung } from './approvers.ts';
import type { Prepared } from './cedar-slots.ts';
import { durationRules } from './counter-offer.ts';
import { decide, isOverMaxDuration, refuseAtOnce, type LoadedPolicies } from './decide.ts';
import { claimWitnesses, eligibleActions, emergencyActions } from './eligible.ts';
import { emergencyVerdict } from './emergency.ts';
import type { PolicyEngine, Question, Standing, Verdict } from './engine.ts';
import { evaluatorFor } from './evaluate.ts';
import { mostApprovals, suppose } from './ladder.ts';
import { explainRefusal, reasonsOf } from './missing-facts.ts';
import { isForEmergency, type Policy } from './policy.ts';

/** Takes policies that were checked, and their place in Cedar; gives the engine. */
export function createEngine(policies: readonly Policy[], prepared: Prepared): PolicyEngine {
  const ordinary = policies.filter((policy) => !isForEmergency(policy));
  const loaded: LoadedPolicies = {
    policyHash: policyHash(prepared.schema, policies),
    byId: byId(ordinary),
    inEmergency: byId(policies.filter((policy) => policy.effect === 'forbid' || isForEmergency(policy))),
    prepared,
    mostApprovals: mostApprovals(ordinary),
    durationRules: durationRules(ordinary),
    approverRules: approverRules(prepared, policies),
  };
  const witnesses = claimWitnesses(policies);
  return {
    policyHash: loaded.policyHash,
    eligible: (requester, resource, facts, mode) =>
      eligibleActions(loaded, witnesses, { requester, resource, facts, mode }),
    eligibleInEmergency: (requester, resource, facts) =>
      emergencyActions(loaded, witnesses, { requester, resource, facts }),
    decide: (question, people) => decide(loaded, question, people),
    enforce: (question, standing) => enforce(loaded, question, standing),
    mayApprove: (approver, question) => mayApprove(loaded.approverRules, approver, question),
  };
}

function enforce(loaded: LoadedPolicies, question: Question, standing: Standing): Verdict {
  const refused = refuseAtOnce(question);
  if (refused !== null) return { allowed: false, evaluationError: false, ...refused };
  if (question.breakGlass) return emergencyVerdict(loaded, question);
  if (isOverMaxDuration(question)) {
    return { allowed: false, evaluationError: false, code: 'over_max_duration', reasons: [], missingFacts: [] };
  }
  const evaluation = evaluatorFor(
    loaded.prepared,
    question,
  )(suppose(standingRung(standing, question), question.durationMs));
  if (evaluation.allowed) return { allowed: true, reasons: reasonsOf(loaded.byId, evaluation.answers) };
  const refusal = explainRefusal(loaded.byId, question, evaluation);
  return { allowed: false, evaluationError: refusal.code === 'evaluation_error', ...refusal };
}

function byId(policies: readonly Policy[]): ReadonlyMap<string, Policy> {
  return new Map(policies.map((policy) => [policy.id, policy]));
}

function policyHash(schema: string, policies: readonly Policy[]): string {
  const texts = policies.map(({ id, statement }) => [id, statement.text]);
  return createHash('sha256')
    .update(JSON.stringify([schema, texts]))
    .digest('hex');
}
