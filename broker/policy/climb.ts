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

/** Whether the rung makes any difference to the refusals: if none of the policies behind them looks at what it adds, no. */
export function changesAnything(
  policies: ReadonlyMap<string, Policy>,
  rung: Rung,
  refused: readonly Answer[],
): boolean {
  return refused.some(({ policyIds }) => behind(policies, policyIds).some((policy) => couldLift(rung, policy)));
}

/** The guards that bit; where none did, the permits, of which none applied. */
function behind(policies: ReadonlyMap<string, Policy>, guardIds: readonly string[]): readonly Policy[] {
  if (guardIds.length === 0) return [...policies.values()].filter(({ effect }) => effect === 'permit');
  return guardIds.map((id) => policies.get(id)).filter((policy) => policy !== undefined);
}

/** A guard that does not look at what the rung adds bites there too; so does the lack of a permit. */
function mightAllow(policies: ReadonlyMap<string, Policy>, rung: Rung, { outcome, policyIds }: Answer): boolean {
  if (outcome === 'error') return false;
  const policiesBehind = behind(policies, policyIds);
  const lifts = (policy: Policy): boolean => couldLift(rung, policy);
  return policyIds.length > 0 ? policiesBehind.every(lifts) : policiesBehind.some(lifts);
}
