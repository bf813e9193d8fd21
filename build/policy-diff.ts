// Replays the requests of a store against other policies and says which would come out otherwise. Both sides are asked
// the same question, so that only the policies (and the catalog) differ. Reads only.
import type { PolicyEngine } from '#broker/policy/engine.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { History, PastRequest } from './policy-history.ts';

/** A catalog with its policies, as one side of the comparison. */
export type Side = { readonly policy: PolicyEngine; readonly resource: (id: string) => Resource | null };

export type Flip = {
  readonly request: string;
  readonly askedAt: string;
  readonly resource: string;
  readonly from: string;
  readonly to: string;
  /** The policies that give the reason on the new side. */
  readonly because: readonly string[];
};

export type PolicyDiff = {
  readonly replayed: number;
  /** Whose requester nobody knows any more. */
  readonly skipped: number;
  /** Replayed with today's policies, these come out otherwise than they did: their facts were others. */
  readonly unlikeThen: number;
  readonly flips: readonly Flip[];
};

export function diffPolicies({ requests, people }: History, now: Side, other: Side): PolicyDiff {
  const flips: Flip[] = [];
  let [skipped, unlikeThen] = [0, 0];
  for (const request of requests) {
    const before = outcomeOf(now, request, people);
    const after = outcomeOf(other, request, people);
    if (before === null || after === null) {
      skipped += 1;
      continue;
    }
    if (before.said !== request.decided && !before.said.startsWith(`${request.decided} (`)) unlikeThen += 1;
    if (before.said === after.said) continue;
    flips.push({
      request: request.id,
      askedAt: new Date(request.askedAtMs).toISOString(),
      resource: request.resource,
      from: before.said,
      to: after.said,
      because: after.because,
    });
  }
  return { replayed: requests.length - skipped, skipped, unlikeThen, flips };
}

type Said = { readonly said: string; readonly because: readonly string[] };

function outcomeOf(side: Side, { resource, ask }: PastRequest, people: History['people']): Said | null {
  if (ask === null) return null;
  const entry = side.resource(resource);
  if (entry === null) return { said: 'no such resource', because: [] };
  const question = ask(entry);
  if (question.actions.some((action) => !Object.hasOwn(entry.actions, action)))
    return { said: 'no such action', because: [] };
  const decision = side.policy.decide(question, people);
  const because = decision.reasons.map(({ policyId }) => policyId);
  if (decision.outcome !== 'needs_approval') return { said: decision.outcome, because };
  const { count, owner } = decision.needed;
  return { said: `${decision.outcome} (${count}${owner ? ', an owner among them' : ''})`, because };
}
