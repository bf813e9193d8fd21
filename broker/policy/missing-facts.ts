// Why a refusal is a refusal: its code, its reasons, and the facts that nobody proved and that it hung on.
import type { DenialCode, Reason } from '#shared/domain/decision.ts';
import { factsContext } from './cedar-request.ts';
import type { Question } from './engine.ts';
import type { Answer, Evaluation } from './evaluate.ts';
import { appliesToAction, idOf, type Policy } from './policy.ts';

export type Refusal = {
  readonly code: DenialCode;
  readonly reasons: readonly Reason[];
  readonly missingFacts: readonly string[];
};

/** Every fact that may be unknown, as policies write it, and as people read it. */
const OPTIONAL_FACTS: Readonly<Record<string, string>> = {
  'context.local': 'local',
  'context.device.managed': 'device.managed',
  'context.device.diskEncrypted': 'device.diskEncrypted',
  'context.device.country': 'device.country',
  'context.network': 'network',
  'context.mfaAge': 'mfaAge',
  'principal.contractor': 'contractor',
};

/**
 * Explains an evaluation that does not allow. The missing facts are those unknown facts that the guards that bit
 * look at (or, when nothing permits, the permits that fit by who, what and how): known, each might change the answer.
 * The code is `fact_missing` only if every refused action hangs on such a fact and on nothing that is surely against it.
 */
export function explainRefusal(
  policies: ReadonlyMap<string, Policy>,
  question: Question,
  evaluation: Evaluation,
): Refusal {
  const refused = evaluation.answers.filter(({ outcome }) => outcome !== 'allow');
  const reasons = reasonsOf(policies, refused);
  if (refused.some(({ outcome }) => outcome === 'error'))
    return { code: 'evaluation_error', reasons, missingFacts: [] };
  const unknown = unknownPaths(question);
  const bearing = refused.map((answer) => policiesBehind(policies, question, answer));
  const missing = (policy: Policy): readonly string[] => unknown.filter((path) => policy.reads.has(path));
  const missingFacts = [...new Set(bearing.flat().flatMap(missing))]
    .map((path) => OPTIONAL_FACTS[path] ?? path)
    .toSorted();
  const hangsOnUnknown = bearing.every((behind, index) =>
    // A permit that fits is enough; of the guards, each one must be lifted.
    refused[index]?.policyIds.length === 0
      ? behind.some((policy) => missing(policy).length > 0)
      : behind.every((policy) => missing(policy).length > 0),
  );
  if (hangsOnUnknown) return { code: 'fact_missing', reasons, missingFacts };
  const notPermitted = refused.some(({ policyIds }) => policyIds.length === 0);
  return { code: notPermitted ? 'not_eligible' : 'guardrail', reasons, missingFacts };
}

/** The policies of these answers, each once, in the order in which they first appear. */
export function reasonsOf(policies: ReadonlyMap<string, Policy>, answers: readonly Answer[]): readonly Reason[] {
  const ids = [...new Set(answers.flatMap(({ policyIds }) => policyIds.toSorted()))];
  return ids.map((id) => policies.get(id)?.reason).filter((reason) => reason !== undefined);
}

function policiesBehind(
  policies: ReadonlyMap<string, Policy>,
  question: Question,
  { action, policyIds }: Answer,
): readonly Policy[] {
  if (policyIds.length > 0) return policyIds.map((id) => policies.get(id)).filter((policy) => policy !== undefined);
  return [...policies.values()].filter((policy) => policy.effect === 'permit' && scopeFits(policy, question, action));
}

function unknownPaths(question: Question): readonly string[] {
  const context = factsContext(question);
  const device = question.facts.device;
  const unknown: Readonly<Record<string, boolean>> = {
    'context.local': context['local'] === undefined,
    'context.device.managed': device.managed === null,
    'context.device.diskEncrypted': device.diskEncrypted === null,
    'context.device.country': device.country === null,
    'context.network': context['network'] === undefined,
    'context.mfaAge': context['mfaAge'] === undefined,
    'principal.contractor': question.requester.contractor === null,
  };
  return Object.keys(OPTIONAL_FACTS).filter((path) => unknown[path]);
}

/** Whether a permit is meant for this requester, action and resource, before its conditions. */
function scopeFits({ scope, ...policy }: Policy, { requester, resource }: Question, action: string): boolean {
  const mine = [requester.subject, ...requester.roles, ...requester.teams];
  const its = [resource.id, ...resource.collections];
  return fits(scope.principal, mine) && fits(scope.resource, its) && appliesToAction({ scope, ...policy }, action);
}

function fits(constraint: Policy['scope']['principal'] | Policy['scope']['resource'], ids: readonly string[]): boolean {
  if (constraint.op === 'All') return true;
  if (constraint.op === 'is')
    return constraint.in === undefined || ('entity' in constraint.in && ids.includes(idOf(constraint.in.entity)));
  return 'entity' in constraint && ids.includes(idOf(constraint.entity));
}
