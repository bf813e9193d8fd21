// What a request might get, from nothing to the most that any policy asks for. Each rung is probed with the real
// evaluation; the first that allows all actions is what is needed.
import type { DurationMs } from '#shared/domain/time.ts';
import type { Supposed } from './cedar-request.ts';
import { countComparison } from './check-polarity.ts';
import type { Question } from './engine.ts';
import { partsOf, type Policy } from './policy.ts';

export type Rung = Omit<Supposed, 'durationMs'>;

export const NOTHING: Rung = { approvals: 0, owner: false, selfConfirmed: false };

/** The most people that any of the policies asks for, at least one. */
export function mostApprovals(policies: readonly Policy[]): number {
  const asked = policies.flatMap(partsOf).map((part) => countComparison(part)?.needed ?? 0);
  return Math.max(1, ...asked);
}

/** The highest rung: if it does not allow, no approval will. */
export function topRung(most: number): Rung {
  return { approvals: most, owner: true, selfConfirmed: false };
}

/** Every rung above nothing, weakest first. Only an embedded broker knows self-confirmation; it never joins approvals. */
export function rungsAbove(most: number, mode: Question['mode']): readonly Rung[] {
  const approvals = Array.from({ length: most }, (_, index) => index + 1).flatMap((count) => [
    { approvals: count, owner: false, selfConfirmed: false },
    { approvals: count, owner: true, selfConfirmed: false },
  ]);
  return [...(mode === 'embedded' ? [{ ...NOTHING, selfConfirmed: true }] : []), ...approvals];
}

/** Whether the rung could lift the policy: only if the policy reads something that the rung has more of than nothing. */
export function couldLift({ approvals, owner, selfConfirmed }: Rung, { reads }: Policy): boolean {
  return (
    (approvals > 0 && reads.has('context.approvals.count')) ||
    (owner && reads.has('context.approvals.owner')) ||
    (selfConfirmed && reads.has('context.selfConfirmed'))
  );
}

export function suppose(rung: Rung, durationMs: DurationMs): Supposed {
  return { ...rung, durationMs };
}
