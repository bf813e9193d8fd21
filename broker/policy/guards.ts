// What of a set of policies protects or opens most: guards that need two people, and what emergencies may do. For
// telling whether a change weakens it; decides nothing itself.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import canonicalize from 'canonicalize';
import { createHash } from 'node:crypto';
import { countComparison } from './check-polarity.ts';
import { partsOf, readPolicy, type Policy } from './policy.ts';
import { splitPolicies, type PolicyFile } from './policy-source.ts';

/** A policy's id, and the hash (hex) of all of it that decides: titles and comments are not in it. */
export type GuardPolicy = { readonly id: string; readonly body: string };

export type PolicyGuards = {
  /** Refusals that only two or more people lift. */
  readonly twoPeople: readonly GuardPolicy[];
  /** Permissions for emergencies, without anybody's approval. */
  readonly emergencies: readonly GuardPolicy[];
  /** Refusals that hold in an emergency too. */
  readonly holdInEmergency: readonly GuardPolicy[];
};

/** Takes policy files that the loader accepted. Throws for others. */
export function policyGuards(sources: readonly PolicyFile[]): PolicyGuards {
  const policies = sources.flatMap(readAll);
  return {
    twoPeople: policies.filter(({ policy }) => needsTwoPeople(policy)).map(named),
    emergencies: policies.filter(({ policy }) => 'breakGlass' in policy.annotations).map(named),
    holdInEmergency: policies.filter(({ policy }) => 'holdsInEmergency' in policy.annotations).map(named),
  };
}

type Read = { readonly policy: Policy; readonly body: string };

function readAll(source: PolicyFile): readonly Read[] {
  const statements = splitPolicies(source);
  if (!statements.ok) throw new Error('policies that were accepted cannot be split');
  return statements.value.map((statement) => {
    const parsed = cedar.policyToJson(statement.text);
    if (parsed.type === 'failure') throw new Error('a policy that was accepted cannot be parsed');
    const { annotations, ...deciding } = parsed.json;
    const canonical = canonicalize(deciding);
    if (canonical === undefined) throw new TypeError('nothing to hash');
    return {
      policy: readPolicy(annotations?.['id'] ?? '', statement, parsed.json),
      body: createHash('sha256').update(canonical).digest('hex'),
    };
  });
}

function needsTwoPeople(policy: Policy): boolean {
  return policy.effect === 'forbid' && partsOf(policy).some((part) => (countComparison(part)?.needed ?? 0) >= 2);
}

function named({ policy, body }: Read): GuardPolicy {
  return { id: policy.id, body };
}
