// The longest shorter request that would not be refused. Only tried where a shorter one could make a difference.
import type { CounterOffer } from '#shared/domain/decision.ts';
import { isGrantable } from '#shared/domain/scope.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { totalMs } from './cedar-request.ts';
import type { Question } from './engine.ts';
import type { Answer } from './evaluate.ts';
import { literalOf, pathOf, type Expression } from './expression.ts';
import { durationLiteralsMs, partsOf, type Policy } from './policy.ts';
import { DURATION_PATHS } from './schema.ts';

const STEPS_MS: readonly DurationMs[] = [
  ...[72, 48, 24, 12, 8, 4, 2, 1].map((hours) => hours * HOUR_MS),
  ...[30, 15, 5].map((minutes) => minutes * MINUTE_MS),
];

/** What the policies themselves say about durations. Worked out once, when they load. */
export type DurationRules = {
  /** The durations that each policy writes down, as its caps. */
  readonly literals: ReadonlyMap<string, readonly DurationMs[]>;
  /** Whether all they do with a duration is to compare it with a literal: then only the literals divide outcomes. */
  readonly onlyCompared: boolean;
};

export function durationRules(policies: readonly Policy[]): DurationRules {
  const parts = policies.flatMap(partsOf);
  const compared = new Set(
    parts.filter(isCompared).flatMap((part) => (part.kind === 'operation' ? part.operands : [])),
  );
  const reads = parts.filter((part) => DURATION_PATHS.has(pathOf(part) ?? ''));
  return {
    literals: new Map(policies.map((policy) => [policy.id, durationLiteralsMs([policy])])),
    onlyCompared: reads.every((part) => compared.has(part)),
  };
}

function isCompared(part: Expression): boolean {
  if (part.kind !== 'operation' || !['<', '<=', '>', '>=', '==', '!='].includes(part.operator)) return false;
  return part.operands.some((operand) => literalOf(operand, 'duration') !== null);
}

/**
 * Shorter durations than asked for that the resource allows, longest first: usual steps and the policies' own caps.
 * `stubborn` are guards that bite whoever approves: durations at which one of them still must bite are left out.
 */
export function shorterDurations(
  question: Question,
  { literals, onlyCompared }: DurationRules,
  stubborn: readonly string[],
): readonly DurationMs[] {
  const { maxDuration } = question.resource;
  const usedMs = totalMs(question, 0);
  // Where a policy may change its mind: it compares the duration itself, the total, or what was held lately.
  const turnsOf = (caps: readonly DurationMs[]): readonly DurationMs[] =>
    caps.flatMap((capMs) => [capMs, capMs - usedMs, capMs - question.facts.heldMs]);
  const turns = turnsOf([...literals.values()].flat());
  const wholeSeconds = [maxDuration - usedMs, ...STEPS_MS, ...turns].map(
    (ms) => Math.floor(ms / SECOND_MS) * SECOND_MS,
  );
  const candidates = [...new Set(wholeSeconds)]
    .filter(
      (durationMs) => isGrantable(durationMs) && durationMs < question.durationMs && usedMs + durationMs <= maxDuration,
    )
    .toSorted((a, b) => b - a);
  if (!onlyCompared) return candidates;
  const turnsOfStubborn = stubborn.map((id) => turnsOf(literals.get(id) ?? []));
  // Between two turns policy answers the same, so the longest of each stretch stands for the rest.
  return candidates
    .filter((durationMs, index) => index === 0 || !sameStretch(turns, durationMs, candidates[index - 1] ?? 0))
    .filter((durationMs) => turnsOfStubborn.every((its) => !sameStretch(its, durationMs, question.durationMs)));
}

function sameStretch(turns: readonly DurationMs[], one: DurationMs, other: DurationMs): boolean {
  return turns.every((turnMs) => Math.sign(one - turnMs) === Math.sign(other - turnMs));
}

/** True when each of the refused actions could be allowed if less time were asked for. */
export function shorterMightHelp(policies: ReadonlyMap<string, Policy>, refused: readonly Answer[]): boolean {
  return refused.every(({ policyIds }) =>
    policyIds.length > 0
      ? policyIds.every((id) => readsDuration(policies.get(id)))
      : [...policies.values()].some((policy) => policy.effect === 'permit' && readsDuration(policy)),
  );
}

export function readsDuration(policy: Policy | undefined): boolean {
  return [...(policy?.reads ?? [])].some((path) => DURATION_PATHS.has(path));
}

/** Tries the durations in their order; the first that `outcomeFor` does not refuse is the offer. */
export function firstOffer(
  durations: readonly DurationMs[],
  outcomeFor: (durationMs: DurationMs) => CounterOffer['outcome'] | null,
): CounterOffer | null {
  for (const durationMs of durations) {
    const outcome = outcomeFor(durationMs);
    if (outcome !== null) return { durationMs, outcome };
  }
  return null;
}
