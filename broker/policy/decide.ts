// What it would take to allow a request. Pure: one question, the people who could be asked, one decision.
import type { CounterOffer, Decision, EligibleApprover, NeededApprovals } from '#shared/domain/decision.ts';
import type { Principal } from '#shared/domain/identity.ts';
import type { DurationMs } from '#shared/domain/time.ts';
import { canBeMet, eligibleApprovers } from './approvers.ts';
import { totalMs } from './cedar-request.ts';
import type { Prepared } from './cedar-slots.ts';
import { firstOffer, shorterDurations, shorterMightHelp } from './counter-offer.ts';
import type { Question } from './engine.ts';
import { evaluatorFor, type Evaluation, type Evaluator } from './evaluate.ts';
import { NOTHING, rungs, suppose, topRung, type Rung } from './ladder.ts';
import { explainRefusal, reasonsOf, type Refusal } from './missing-facts.ts';
import type { Policy } from './policy.ts';

/** What is worked out once when policies load. */
export type LoadedPolicies = {
  readonly policyHash: string;
  readonly byId: ReadonlyMap<string, Policy>;
  readonly prepared: Prepared;
  readonly mostApprovals: number;
  readonly offeredDurations: readonly DurationMs[];
};

/** One question on its way to a decision. */
type Probe = {
  readonly loaded: LoadedPolicies;
  readonly question: Question;
  readonly evaluate: Evaluator;
  readonly approvers: () => readonly EligibleApprover[];
};

/** The weakest rung that allows, with what stood against a weaker one; or the refusal of the strongest. */
type Climb = { readonly first: Evaluation } & ({ readonly rung: Rung; readonly reached: Evaluation } | { readonly rung: null; readonly reached: Evaluation });

export function decide(loaded: LoadedPolicies, question: Question, people: readonly Principal[]): Decision {
  const refusal = refuseAtOnce(question);
  if (refusal !== null) return denied(loaded, refusal, null);
  let approvers: readonly EligibleApprover[] | null = null;
  const probe: Probe = {
    loaded,
    question,
    evaluate: evaluatorFor(loaded.prepared, question),
    approvers: () => (approvers ??= eligibleApprovers(loaded.prepared, question, people)),
  };
  const climbed = climb(probe, question.durationMs);
  if (totalMs(question, question.durationMs) > question.resource.maxDuration) return denyTooLong(probe, climbed);
  return climbed.rung === null ? denyByPolicy(probe, climbed.reached) : grantAt(probe, climbed.rung, climbed);
}

/** What needs no policy to be refused: an action that the resource does not offer, or no time at all. */
export function refuseAtOnce({ actions, resource, durationMs }: Question): Refusal | null {
  const offered = actions.length > 0 && actions.every((action) => Object.hasOwn(resource.actions, action));
  if (offered && Number.isSafeInteger(durationMs) && durationMs > 0) return null;
  return { code: 'not_eligible', reasons: [], missingFacts: [] };
}

function climb({ loaded, question, evaluate }: Probe, durationMs: DurationMs): Climb {
  const first = evaluate(suppose(NOTHING, durationMs));
  if (first.allowed) return { first, rung: NOTHING, reached: first };
  const top = evaluate(suppose(topRung(loaded.mostApprovals), durationMs));
  const [, ...higher] = rungs(loaded.mostApprovals, question.mode);
  // Without the top rung only a confirmation can help, which approvals do not include.
  for (const rung of higher.filter(({ selfConfirmed }) => top.allowed || selfConfirmed)) {
    const reached = evaluate(suppose(rung, durationMs));
    if (reached.allowed) return { first, rung, reached };
  }
  return { first, rung: null, reached: top };
}

function grantAt(probe: Probe, rung: Rung, { first, reached }: Climb): Decision {
  const { loaded, question } = probe;
  const outcome = outcomeAt(rung);
  const against = reasonsOf(loaded.byId, first.answers.filter(({ outcome: answer }) => answer !== 'allow'));
  const reasons = first.allowed || against.length === 0 ? reasonsOf(loaded.byId, reached.answers) : against;
  const base = { policyHash: loaded.policyHash, reasons };
  if (outcome !== 'needs_approval') return { ...base, outcome };
  const needed: NeededApprovals = { count: rung.approvals, owner: rung.owner };
  if (canBeMet(needed, probe.approvers())) return { ...base, outcome, needed, approvers: probe.approvers() };
  const refusal: Refusal = { code: 'no_eligible_approver', reasons, missingFacts: [] };
  return denied(loaded, refusal, shorterMightHelp(loaded.byId, refusedIn(first)) ? counterOffer(probe, shorterDurations(question, loaded.offeredDurations)) : null);
}

function denyByPolicy(probe: Probe, reached: Evaluation): Decision {
  const { loaded, question } = probe;
  const refusal = explainRefusal(loaded.byId, question, reached);
  const hopeful = refusal.code !== 'evaluation_error' && shorterMightHelp(loaded.byId, refusedIn(reached));
  return denied(loaded, refusal, hopeful ? counterOffer(probe, shorterDurations(question, loaded.offeredDurations)) : null);
}

/** Too long for the resource, whatever policy says; its guards are named as well, for they may stand in the way next. */
function denyTooLong(probe: Probe, climbed: Climb): Decision {
  const { loaded, question } = probe;
  const refusal = climbed.rung === null ? explainRefusal(loaded.byId, question, climbed.reached) : null;
  if (refusal?.code === 'evaluation_error') return denied(loaded, refusal, null);
  const hopeful = refusal === null || shorterMightHelp(loaded.byId, refusedIn(climbed.reached));
  const offer = hopeful ? counterOffer(probe, shorterDurations(question, loaded.offeredDurations)) : null;
  return denied(loaded, { reasons: [], missingFacts: [], ...refusal, code: 'over_max_duration' }, offer);
}

function counterOffer(probe: Probe, durations: readonly DurationMs[]): CounterOffer | null {
  return firstOffer(durations, (durationMs) => {
    const { rung } = climb(probe, durationMs);
    if (rung === null) return null;
    const outcome = outcomeAt(rung);
    const needed = { count: rung.approvals, owner: rung.owner };
    return outcome === 'needs_approval' && !canBeMet(needed, probe.approvers()) ? null : outcome;
  });
}

function outcomeAt({ approvals, selfConfirmed }: Rung): CounterOffer['outcome'] {
  if (approvals > 0) return 'needs_approval';
  return selfConfirmed ? 'needs_confirmation' : 'approved';
}

function refusedIn({ answers }: Evaluation): Evaluation['answers'] {
  return answers.filter(({ outcome }) => outcome !== 'allow');
}

function denied(loaded: LoadedPolicies, refusal: Refusal, offer: CounterOffer | null): Decision {
  return { outcome: 'denied', policyHash: loaded.policyHash, ...refusal, counterOffer: offer };
}
