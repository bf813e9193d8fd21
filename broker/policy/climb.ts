// Finds the weakest rung that allows a request. Evaluates only the rungs that could make a difference.
import type { DurationMs } from '#shared/domain/time.ts';
import type { Question } from './engine.ts';
import type { Answer, Evaluation, Evaluator } from './evaluate.ts';
import { couldLift, NOTHING, rungsAbove, suppose, type Rung } from './ladder.ts';
import type { Policy } from './policy.ts';

export type Climbing = {
  readonly policies: ReadonlyMap<string, Policy>;
  readonly mostApprovals: number;
  readonly mode: Question['mode'];
  readonly evaluate: Evaluator;
};

/** `bare`: what policy says with no approval at all. `reached`: the weakest rung that allows, null when none does. */
export type Climb = {
  readonly bare: Evaluation;
  readonly reached: { readonly rung: Rung; readonly evaluation: Evaluation } | null;
};

export function climb(climbing: Climbing, durationMs: DurationMs): Climb {
  const bare = climbing.evaluate(suppose(NOTHING, durationMs));
  if (bare.allowed) return { bare, reached: { rung: NOTHING, evaluation: bare } };
  const refused = refusedIn(bare);
  for (const rung of rungsAbove(climbing.mostApprovals, climbing.mode)) {
    if (!refused.every((answer) => mightAllow(climbing.policies, rung, answer))) continue;
    const evaluation = climbing.evaluate(suppose(rung, durationMs));
    if (evaluation.allowed) return { bare, reached: { rung, evaluation } };
  }
  return { bare, reached: null };
}

export function refusedIn({ answers }: Evaluation): readonly Answer[] {
  return answers.filter(({ outcome }) => outcome !== 'allow');
}

/** A guard that does not look at what the rung adds bites there too; so does the lack of a permit. */
function mightAllow(policies: ReadonlyMap<string, Policy>, rung: Rung, { outcome, policyIds }: Answer): boolean {
  if (outcome === 'error') return false;
  const lifts = (policy: Policy | undefined): boolean => policy !== undefined && couldLift(rung, policy);
  if (policyIds.length > 0) return policyIds.every((id) => lifts(policies.get(id)));
  return [...policies.values()].some((policy) => policy.effect === 'permit' && lifts(policy));
}
