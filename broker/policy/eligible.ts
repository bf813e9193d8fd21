// What a person could ever get of a resource: what the catalog shows them. Circumstances (device, hour, sign-in, time
// asked for) do not hide an action, because they change; who somebody is and what a resource is do.
import { MINUTE_MS } from '#shared/domain/time.ts';
import type { LoadedPolicies } from './decide.ts';
import type { Claimed, Question } from './engine.ts';
import { emergencyVerdict, longestEmergencyMs } from './emergency.ts';
import { evaluatorFor } from './evaluate.ts';
import { NOTHING, suppose, topRung } from './ladder.ts';
import { partsOf, type Policy } from './policy.ts';
import { pathOf, type Expression } from './expression.ts';

/** Nobody has said anything yet, so the claims that some policy listens to are tried. */
export function claimWitnesses(policies: readonly Policy[]): readonly Claimed[] {
  const said = (path: string): readonly string[] => [
    ...new Set(policies.flatMap(partsOf).flatMap((part) => comparedTexts(part, path))),
  ];
  const purposes = ['', ...said('context.claimed.purpose')];
  const tickets = [null, ...said('context.claimed.ticket')];
  return purposes.flatMap((purpose) => tickets.map((ticket) => ({ purpose, ticket })));
}

function comparedTexts(part: Expression, path: string): readonly string[] {
  if (part.kind !== 'operation' || !part.operands.some((operand) => pathOf(operand) === path)) return [];
  const literals = part.operands.flatMap((operand) =>
    operand.kind === 'operation' && operand.operator === 'Set' ? operand.operands : [operand],
  );
  return literals.flatMap((operand) =>
    operand.kind === 'value' && typeof operand.value === 'string' ? [operand.value] : [],
  );
}

/**
 * An action is eligible when, for some claim and with every approval (embedded: or a confirmation), for a short time,
 * the permits and those guards that look only at who and what allow it. Other facts are as given.
 */
export function eligibleActions(
  loaded: LoadedPolicies,
  witnesses: readonly Claimed[],
  asking: Pick<Question, 'requester' | 'resource' | 'facts' | 'mode'>,
): readonly string[] {
  const durationMs = Math.min(MINUTE_MS, asking.resource.maxDuration);
  const tops = [
    topRung(loaded.mostApprovals),
    ...(asking.mode === 'embedded' ? [{ ...NOTHING, selfConfirmed: true }] : []),
  ];
  return Object.keys(asking.resource.actions).filter((action) =>
    witnesses.some((claimed) => {
      const question: Question = {
        ...asking,
        actions: [action],
        durationMs,
        claimed,
        extension: null,
        breakGlass: false,
      };
      const evaluate = evaluatorFor(loaded.prepared, question, 'standing');
      return tops.some((rung) => evaluate(suppose(rung, durationMs)).allowed);
    }),
  );
}

/** The same for an emergency: what `@breakGlass` policies could give this person, for a short time. */
export function emergencyActions(
  loaded: LoadedPolicies,
  witnesses: readonly Claimed[],
  asking: Pick<Question, 'requester' | 'resource' | 'facts'>,
): readonly string[] {
  const longestMs = longestEmergencyMs(asking.resource);
  if (longestMs === null) return [];
  const durationMs = Math.min(MINUTE_MS, longestMs);
  return Object.keys(asking.resource.actions).filter((action) =>
    witnesses.some((claimed) => {
      const circumstances = { extension: null, mode: 'standalone', breakGlass: true } as const;
      const question: Question = { ...asking, ...circumstances, actions: [action], durationMs, claimed };
      return emergencyVerdict(loaded, question, 'emergency-standing').allowed;
    }),
  );
}
