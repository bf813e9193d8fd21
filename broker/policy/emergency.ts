// Emergency access ("break-glass"): what policy gives at once, without people. Guards that people could lift are lifted,
// since that is what an emergency has no time for; every other guard holds, and so do those that say that they hold even
// then (`@holdsInEmergency`). Must never give more than the catalog's `breakGlass` entry allows.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { SECOND_MS, type DurationMs } from '#shared/domain/time.ts';
import { isInGroup } from './approvers.ts';
import type { Prepared, SetName } from './cedar-slots.ts';
import { refusedIn } from './climb.ts';
import type { Question, Verdict } from './engine.ts';
import { evaluatorFor, type Evaluation } from './evaluate.ts';
import { NOTHING, suppose, topRung } from './ladder.ts';
import { explainRefusal, reasonsOf, type Refusal } from './missing-facts.ts';
import type { Policy } from './policy.ts';

type Loaded = {
  readonly prepared: Prepared;
  readonly mostApprovals: number;
  readonly inEmergency: ReadonlyMap<string, Policy>;
};

const NOT_OPEN = {
  policyId: 'daypass.break-glass',
  title: 'The catalog opens no emergency access to this for you',
  fix: null,
} as const;

/** Whether an emergency is allowed as asked. Extensions, services and who is in none of the catalog's groups never are. */
export function emergencyVerdict(
  loaded: Loaded,
  question: Question,
  set: Extract<SetName, 'emergency' | 'emergency-standing'> = 'emergency',
): Verdict {
  const longestMs = longestEmergencyMs(question.resource);
  if (longestMs === null || question.extension !== null || !isOpenTo(question.resource, question.requester))
    return refused({ code: 'not_eligible', reasons: [NOT_OPEN], missingFacts: [] });
  const evaluate = evaluatorFor(loaded.prepared, question, set);
  // Asked twice: with every approval there could be, to see which guards hold whoever approves, and with none, to find
  // those that hold even in an emergency.
  const withPeople = evaluate(suppose(topRung(loaded.mostApprovals), question.durationMs));
  if (!withPeople.allowed) return refused(explainRefusal(loaded.inEmergency, question, withPeople));
  const bare = evaluate(suppose(NOTHING, question.durationMs));
  const held = heldBack(loaded, bare);
  if (!held.allowed) return refused(explainRefusal(loaded.inEmergency, question, held));
  if (question.durationMs > longestMs) return refused({ code: 'over_max_duration', reasons: [], missingFacts: [] });
  // Who reads it wants to know what permitted it, and which guards were set aside.
  return { allowed: true, reasons: reasonsOf(loaded.inEmergency, [...withPeople.answers, ...refusedIn(bare)]) };
}

/** The longest emergency access to a resource, in whole seconds; null: there is none. */
export function longestEmergencyMs({ breakGlass, maxDuration }: Resource): DurationMs | null {
  if (breakGlass === undefined || breakGlass.to.length === 0) return null;
  const longestMs = Math.min(breakGlass.maxDuration, maxDuration);
  return longestMs - (longestMs % SECOND_MS);
}

function isOpenTo({ breakGlass }: Resource, requester: Principal): boolean {
  return requester.kind === 'person' && (breakGlass?.to ?? []).some((group) => isInGroup(requester, group));
}

/** Of an evaluation without people only what no emergency lifts. */
function heldBack({ inEmergency }: Loaded, bare: Evaluation): Evaluation {
  const answers = bare.answers.map((answer) => {
    if (answer.outcome !== 'deny' || answer.policyIds.length === 0) return answer;
    const policyIds = answer.policyIds.filter(
      (id) => inEmergency.get(id)?.annotations['holdsInEmergency'] !== undefined,
    );
    return policyIds.length === 0 ? { ...answer, outcome: 'allow' as const, policyIds } : { ...answer, policyIds };
  });
  return { allowed: answers.every(({ outcome }) => outcome === 'allow'), answers };
}

function refused(refusal: Refusal): Verdict {
  return { allowed: false, evaluationError: refusal.code === 'evaluation_error', ...refusal };
}
