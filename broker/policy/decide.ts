// What it would take to allow a request. Pure: one question, the people who could be asked, one decision.
import type { CounterOffer, Decision, EligibleApprover, NeededApprovals } from '#shared/domain/decision.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { canBeMet, eligibleApprovers, type ApproverRules } from './approvers.ts';
import { totalMs } from './cedar-request.ts';
import type { Prepared } from './cedar-slots.ts';
import { changesAnything, climb, refusedIn, type Climb, type Climbing } from './climb.ts';
import { emergencyVerdict, longestEmergencyMs } from './emergency.ts';
import { firstOffer, readsDuration, shorterDurations, shorterMightHelp, type DurationRules } from './counter-offer.ts';
import type { Question } from './engine.ts';
import { evaluatorFor, type Answer } from './evaluate.ts';
import { suppose, topRung, type Rung } from './ladder.ts';
import { explainRefusal, reasonsOf, type Refusal } from './missing-facts.ts';
import type { Policy } from './policy.ts';

/** What is worked out once when policies load. */
export type LoadedPolicies = {
  readonly policyHash: string;
  /** All but the permits for emergencies. */
  readonly byId: ReadonlyMap<string, Policy>;
  /** The permits for emergencies, and the guards. */
  readonly inEmergency: ReadonlyMap<string, Policy>;
  readonly prepared: Prepared;
  readonly mostApprovals: number;
  readonly durationRules: DurationRules;
  readonly approverRules: ApproverRules;
};

/** One question on its way to a decision. */
type Probe = {
  readonly loaded: LoadedPolicies;
  readonly question: Question;
  readonly climbing: Climbing;
  readonly approvers: () => readonly EligibleApprover[];
};

/**
 * Probes from no approvals upwards; the strictest of the actions decides. `people` is everybody who may be asked.
 * Denied where no approval helps, where the approvers do not exist, and where anything fails to evaluate.
 */
export function decide(loaded: LoadedPolicies, question: Question, people: readonly Principal[]): Decision {
  const refusal = refuseAtOnce(question);
  if (refusal !== null) return denied(loaded, refusal, null);
  if (question.breakGlass) return decideEmergency(loaded, question);
  let approvers: readonly EligibleApprover[] | null = null;
  const probe: Probe = {
    loaded,
    question,
    climbing: {
      policies: loaded.byId,
      mostApprovals: loaded.mostApprovals,
      mode: question.mode,
      evaluate: evaluatorFor(loaded.prepared, question),
    },
    approvers: () => (approvers ??= eligibleApprovers(loaded.approverRules, question, people)),
  };
  const climbed = climb(probe.climbing, question.durationMs);
  if (isOverMaxDuration(question)) return denyTooLong(probe, climbed);
  return climbed.reached === null ? denyByPolicy(probe, climbed) : grantAt(probe, climbed.reached.rung, climbed);
}

/** What needs no policy to be refused: an action that the resource does not offer, or no time at all. */
export function refuseAtOnce({ actions, resource, durationMs }: Question): Refusal | null {
  const offered = actions.length > 0 && actions.every((action) => Object.hasOwn(resource.actions, action));
  if (offered && Number.isSafeInteger(durationMs) && durationMs > 0) return null;
  return { code: 'not_eligible', reasons: [], missingFacts: [] };
}

/** An extension counts from the start of its grant. */
export function isOverMaxDuration(question: Question): boolean {
  return totalMs(question, question.durationMs) > question.resource.maxDuration;
}

/** No people, so no ladder: permitted as it is, or not at all. */
function decideEmergency(loaded: LoadedPolicies, question: Question): Decision {
  const verdict = emergencyVerdict(loaded, question);
  if (verdict.allowed) return { outcome: 'approved', policyHash: loaded.policyHash, reasons: verdict.reasons };
  const shorterMs = verdict.code === 'over_max_duration' ? longestEmergencyMs(question.resource) : null;
  const helps = shorterMs !== null && emergencyVerdict(loaded, { ...question, durationMs: shorterMs }).allowed;
  return denied(loaded, verdict, helps ? { durationMs: shorterMs, outcome: 'approved' } : null);
}

function grantAt(probe: Probe, rung: Rung, climbed: Climb): Decision {
  const { bare, reached } = climbed;
  const { loaded } = probe;
  const outcome = outcomeAt(rung);
  const against = reasonsOf(loaded.byId, refusedIn(bare));
  const reasons = against.length === 0 ? reasonsOf(loaded.byId, reached?.evaluation.answers ?? []) : against;
  const base = { policyHash: loaded.policyHash, reasons };
  if (outcome !== 'needs_approval') return { ...base, outcome };
  const needed: NeededApprovals = { count: rung.approvals, owner: rung.owner };
  if (canBeMet(needed, probe.approvers())) return { ...base, outcome, needed, approvers: probe.approvers() };
  return denied(loaded, { code: 'no_eligible_approver', reasons, missingFacts: [] }, shorterWithFewer(probe, climbed));
}

function denyByPolicy(probe: Probe, { bare }: Climb): Decision {
  const { refusal, refused } = explain(probe, bare);
  return denied(probe.loaded, refusal, refusal.code === 'evaluation_error' ? null : shorterThanRefused(probe, refused));
}

/** Too long for the resource, whatever policy says; guards that no approval lifts are named as well. */
function denyTooLong(probe: Probe, { bare, reached }: Climb): Decision {
  const { loaded } = probe;
  const { refusal, refused } = reached === null ? explain(probe, bare) : { refusal: null, refused: [] };
  if (refusal?.code === 'evaluation_error') return denied(loaded, refusal, null);
  const offer = shorterThanRefused(probe, refused);
  return denied(loaded, { reasons: [], missingFacts: [], ...refusal, code: 'over_max_duration' }, offer);
}

/** Why not even all approvals are enough. */
function explain(
  { loaded, question, climbing }: Probe,
  bare: Climb['bare'],
): { readonly refusal: Refusal; readonly refused: readonly Answer[] } {
  const top = topRung(loaded.mostApprovals);
  const failed = bare.answers.some(({ outcome }) => outcome === 'error');
  const same = failed || !changesAnything(loaded.byId, top, refusedIn(bare));
  const last = same ? bare : climbing.evaluate(suppose(top, question.durationMs));
  return { refusal: explainRefusal(loaded.byId, question, last), refused: refusedIn(last) };
}

/** Tried only if less time might lift each of the refusals, which no approval does. */
function shorterThanRefused(probe: Probe, refused: readonly Answer[]): CounterOffer | null {
  if (!shorterMightHelp(probe.loaded.byId, refused)) return null;
  return counterOffer(
    probe,
    refused.flatMap(({ policyIds }) => policyIds),
  );
}

/** Where the approvers are lacking: less time may need fewer of them, if any of the guards looks at it. */
function shorterWithFewer(probe: Probe, { bare }: Climb): CounterOffer | null {
  const guards = refusedIn(bare).flatMap(({ policyIds }) => policyIds);
  return guards.some((id) => readsDuration(probe.loaded.byId.get(id))) ? counterOffer(probe, []) : null;
}

function counterOffer(probe: Probe, stubborn: readonly string[]): CounterOffer | null {
  const { loaded, question, climbing } = probe;
  return firstOffer(shorterDurations(question, loaded.durationRules, stubborn), (durationMs) => {
    const { reached } = climb(climbing, durationMs);
    if (reached === null) return null;
    const outcome = outcomeAt(reached.rung);
    const needed = { count: reached.rung.approvals, owner: reached.rung.owner };
    return outcome === 'needs_approval' && !canBeMet(needed, probe.approvers()) ? null : outcome;
  });
}

function outcomeAt({ approvals, selfConfirmed }: Rung): CounterOffer['outcome'] {
  if (approvals > 0) return 'needs_approval';
  return selfConfirmed ? 'needs_confirmation' : 'approved';
}

function denied(
  { policyHash }: LoadedPolicies,
  { code, reasons, missingFacts }: Refusal,
  counterOffer: CounterOffer | null,
): Decision {
  return { outcome: 'denied', policyHash, code, reasons, missingFacts, counterOffer, retryAtMs: null };
}
