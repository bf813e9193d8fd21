// What a replica still serves that cannot take over the configuration in force: nothing that the change is about. It
// keeps what it has for looking at; nobody is decided by it, and no call of the gateway goes through.
import type { PolicyEngine } from '#broker/policy/engine.ts';
import type { ResourceId } from '#shared/domain/scope.ts';
import { diffHashes, type Hashes } from './diff.ts';
import type { Part, Snapshot } from './load-rules.ts';

/** What the change is about that could not be taken over. */
export type Concerned = 'everything' | ReadonlySet<ResourceId>;

/** This replica does not have the rules that are in force for this resource: ask another one, or later. */
export class RulesBehindError extends Error {
  override readonly name = 'RulesBehindError';
}

/** What differs between what is served here and what is in force. Policies may be about anything. */
export function concernedBy(here: Snapshot, inForce: ReadonlyMap<Part, Hashes>): Concerned {
  const policies = inForce.get('policies');
  const catalog = inForce.get('catalog');
  if (policies === undefined || catalog === undefined) return 'everything';
  if (Object.values(diffHashes(here.parts.policies.entries, policies)).some((names) => names.length > 0))
    return 'everything';
  const names = Object.values(diffHashes(here.parts.catalog.entries, catalog)).flat();
  return names.length === 0 ? 'everything' : new Set(names);
}

export function isConcerned(concerned: Concerned, resource: ResourceId): boolean {
  return concerned === 'everything' || concerned.has(resource);
}

/** The snapshot, but that every decision about what is concerned throws RulesBehindError. */
export function withoutConcerned(snapshot: Snapshot, concerned: Concerned): Snapshot {
  const { policy } = snapshot;
  const check = (resource: ResourceId): void => {
    if (isConcerned(concerned, resource)) throw new RulesBehindError(`the rules for ${resource} are behind`);
  };
  const engine: PolicyEngine = {
    policyHash: policy.policyHash,
    eligible: (requester, resource, facts, mode) => {
      check(resource.id);
      return policy.eligible(requester, resource, facts, mode);
    },
    eligibleInEmergency: (requester, resource, facts) => {
      check(resource.id);
      return policy.eligibleInEmergency(requester, resource, facts);
    },
    decide: (question, people) => {
      check(question.resource.id);
      return policy.decide(question, people);
    },
    enforce: (question, standing) => {
      check(question.resource.id);
      return policy.enforce(question, standing);
    },
    mayApprove: (approver, question) => {
      check(question.resource.id);
      return policy.mayApprove(approver, question);
    },
  };
  const served = snapshot.resources().filter(({ id }) => !isConcerned(concerned, id));
  return { ...snapshot, resources: () => served, policy: engine };
}
