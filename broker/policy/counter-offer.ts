// The longest shorter request that would not be refused. Only tried where a shorter one could make a difference.
import type { CounterOffer } from '#shared/domain/decision.ts';
import { HOUR_MS, MINUTE_MS, type DurationMs } from '#shared/domain/time.ts';
import { totalMs } from './cedar-request.ts';
import type { Question } from './engine.ts';
import type { Answer } from './evaluate.ts';
import { durationLiteralsMs, type Policy } from './policy.ts';
import { DURATION_PATHS } from './schema.ts';

const STEPS_MS: readonly DurationMs[] = [
  ...[72, 48, 24, 12, 8, 4, 2, 1].map((hours) => hours * HOUR_MS),
  ...[30, 15, 5].map((minutes) => minutes * MINUTE_MS),
];

/** The durations worth offering under these policies: their own caps and the usual steps, longest first. */
export function offeredDurations(policies: readonly Policy[]): readonly DurationMs[] {
  const all = [...STEPS_MS, ...durationLiteralsMs(policies)].filter((durationMs) => durationMs > 0);
  return [...new Set(all)].sort((a, b) => b - a);
}

/** Shorter durations than asked for that the resource allows, longest first. */
export function shorterDurations(question: Question, offered: readonly DurationMs[]): readonly DurationMs[] {
  const { maxDuration } = question.resource;
  const usedMs = totalMs(question, 0);
  return [...new Set([maxDuration - usedMs, ...offered])]
    .filter((durationMs) => durationMs > 0 && durationMs < question.durationMs && usedMs + durationMs <= maxDuration)
    .sort((a, b) => b - a);
}

/** True when each of the refused actions could be allowed if less time were asked for. */
export function shorterMightHelp(policies: ReadonlyMap<string, Policy>, refused: readonly Answer[]): boolean {
  const readsDuration = (policy: Policy | undefined): boolean => [...(policy?.reads ?? [])].some((path) => DURATION_PATHS.has(path));
  return refused.every(({ policyIds }) =>
    policyIds.length > 0
      ? policyIds.every((id) => readsDuration(policies.get(id)))
      : [...policies.values()].some((policy) => policy.effect === 'permit' && readsDuration(policy)),
  );
}

/** Tries the durations in their order; the first that `outcomeFor` does not refuse is the offer. */
export function firstOffer(durations: readonly DurationMs[], outcomeFor: (durationMs: DurationMs) => CounterOffer['outcome'] | null): CounterOffer | null {
  for (const durationMs of durations) {
    const outcome = outcomeFor(durationMs);
    if (outcome !== null) return { durationMs, outcome };
  }
  return null;
}
