// One loaded policy: what a person reads of it, and what it looks at. Built from Cedar's JSON when policies load.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Reason } from '#shared/domain/decision.ts';
import { everyPart, literalOf, pathOf, readExpression, type Expression } from './expression.ts';
import type { Statement } from './policy-source.ts';

export type Condition = { readonly kind: 'when' | 'unless'; readonly body: Expression };

export type Policy = {
  readonly id: string;
  readonly effect: 'permit' | 'forbid';
  readonly reason: Reason;
  readonly statement: Statement;
  readonly annotations: Readonly<Record<string, string>>;
  readonly scope: Pick<PolicyJson, 'principal' | 'action' | 'resource'>;
  readonly conditions: readonly Condition[];
  /** Paths that the conditions read or test for, as `context.device.managed`. */
  readonly reads: ReadonlySet<string>;
};

/** Takes a statement whose annotations were checked; throws `UnsupportedExpression` on a condition it cannot read. */
export function readPolicy(id: string, statement: Statement, json: PolicyJson): Policy {
  const annotations = json.annotations ?? {};
  const conditions = json.conditions.map(({ kind, body }) => ({ kind, body: readExpression(body) }));
  return {
    id,
    effect: json.effect,
    reason: { policyId: id, title: annotations['title'] ?? id, fix: annotations['fix'] ?? null },
    statement,
    annotations,
    scope: { principal: json.principal, action: json.action, resource: json.resource },
    conditions,
    reads: new Set(conditions.flatMap(({ body }) => [...everyPart(body)].flatMap(pathsRead))),
  };
}

function pathsRead(part: Expression): readonly string[] {
  if (part.kind === 'attribute') {
    const path = pathOf(part);
    return path === null ? [] : [path];
  }
  if (part.kind !== 'has') return [];
  const base = pathOf(part.of);
  return base === null ? [] : part.names.map((_, index) => [base, ...part.names.slice(0, index + 1)].join('.'));
}

/** Every expression of the policy's conditions, outermost first. */
export function partsOf(policy: Policy): readonly Expression[] {
  return policy.conditions.flatMap(({ body }) => [...everyPart(body)]);
}

/** The durations that the policies write as literals: their caps, so the durations worth offering. */
export function durationLiteralsMs(policies: readonly Policy[]): readonly number[] {
  const texts = policies.flatMap(partsOf).map((part) => literalOf(part, 'duration'));
  return texts.filter((text) => text !== null).map(cedarDurationMs);
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Cedar's duration format: `1d12h`, `90m`, `500ms`. */
function cedarDurationMs(text: string): number {
  const parts = [...text.matchAll(/(\d+)(d|ms|h|m|s)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

/** True when the policy's action scope can match the given action of the catalog, or `approve`. */
export function appliesToAction(policy: Policy, action: string): boolean {
  const scope = policy.scope.action;
  if (scope.op === 'All') return true;
  const entities = 'entities' in scope ? scope.entities : 'entity' in scope ? [scope.entity] : [];
  return entities.map(idOf).some((id) => id === action || (id === 'access' && action !== 'approve'));
}

/** A permit that gives access in an emergency, and in nothing else. */
export function isForEmergency({ effect, annotations }: Policy): boolean {
  return effect === 'permit' && annotations['breakGlass'] !== undefined;
}

/** The id of an entity in either of Cedar's two JSON notations. */
export function idOf(entity: { readonly __entity: { readonly id: string } } | { readonly id: string }): string {
  return '__entity' in entity ? entity['__entity'].id : entity.id;
}
