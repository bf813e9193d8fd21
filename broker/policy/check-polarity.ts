// Two promises about what a policy may do with facts, checked on every policy before it is loaded:
// an unknown fact never gives more access than a known one, and an approval never gives less than none.
// Both are one rule about signs, so one walk checks both. docs/policies.md states it for authors.
import { pathOf, type Expression } from './expression.ts';
import type { Policy } from './policy.ts';
import { problemAt } from './policy-source.ts';
import type { PolicyProblem } from './policy-problem.ts';

/**
 * How the truth of a part moves the truth of the whole condition: with it, against it, or nobody can tell.
 *
 * Why signs are enough: strict validation lets an optional attribute be read only where its `has` is true. If `has`
 * only ever counts against a `forbid`, then making it false (the fact is unknown) can only make the guard bite more,
 * whatever the value would have been; the reads behind it are not reached.
 */
type Sign = 'with' | 'against' | 'mixed';

/** The most people that a policy may ask for: each possible number is probed. */
export const MOST_APPROVALS = 5;

export function checkPolarity(policy: Policy): readonly PolicyProblem[] {
  const wanted: Sign = policy.effect === 'permit' ? 'with' : 'against';
  return policy.conditions.flatMap(({ kind, body }) =>
    walk(policy, wanted, body, kind === 'when' ? 'with' : 'against'),
  );
}

function walk(policy: Policy, wanted: Sign, part: Expression, sign: Sign): readonly PolicyProblem[] {
  switch (part.kind) {
    case 'value':
    case 'variable':
      return [];
    case 'attribute': {
      const path = pathOf(part);
      if (path !== null && isStanding(path) && sign !== wanted) return [standingProblem(policy, path)];
      return walk(policy, wanted, part.of, 'mixed');
    }
    case 'has': {
      const base = pathOf(part.of);
      // Catalog data is written by the operator: an absent residency means that there is none.
      if (base?.split('.')[0] === 'resource' || sign === wanted) return walk(policy, wanted, part.of, 'mixed');
      return [unknownProblem(policy, [base ?? '…', ...part.names].join('.'))];
    }
    case 'operation': {
      const count = countComparison(part);
      if (count !== null) return checkCount(policy, wanted, count, sign);
      const signs = operandSigns(part.operator, sign);
      return part.operands.flatMap((operand, index) => walk(policy, wanted, operand, signs[index] ?? 'mixed'));
    }
  }
}

function operandSigns(operator: string, sign: Sign): readonly Sign[] {
  switch (operator) {
    case '&&':
    case '||':
      return [sign, sign];
    case '!':
      return [opposite(sign)];
    case 'if-then-else':
      return ['mixed', sign, sign];
    default:
      return [];
  }
}

function opposite(sign: Sign): Sign {
  return sign === 'with' ? 'against' : sign === 'against' ? 'with' : 'mixed';
}

/** Facts that grow when people approve or the requester confirms. */
function isStanding(path: string): boolean {
  return path.startsWith('context.approvals.') || path === 'context.selfConfirmed';
}

type CountComparison = { readonly grows: boolean; readonly needed: number };

/** `context.approvals.count` against a number, either way round; null for anything else. */
export function countComparison(part: Expression): CountComparison | null {
  if (part.kind !== 'operation') return null;
  const [left, right] = part.operands;
  if (left === undefined || right === undefined) return null;
  const turned = pathOf(right) === 'context.approvals.count';
  if (!turned && pathOf(left) !== 'context.approvals.count') return null;
  const other = turned ? left : right;
  if (other.kind !== 'value' || typeof other.value !== 'number') return null;
  const operator = turned ? TURNED[part.operator] : part.operator;
  if (operator === '>=' || operator === '<') return { grows: operator === '>=', needed: other.value };
  if (operator === '>' || operator === '<=') return { grows: operator === '>', needed: other.value + 1 };
  return null;
}

const TURNED: Readonly<Record<string, string>> = { '>=': '<=', '<=': '>=', '>': '<', '<': '>' };

function checkCount(policy: Policy, wanted: Sign, count: CountComparison, sign: Sign): readonly PolicyProblem[] {
  if (count.needed > MOST_APPROVALS) {
    const message = `no request can ask for more than ${MOST_APPROVALS} people`;
    return [problemAt(policy.statement, /\bapprovals\b/, 'too_many_approvals', message)];
  }
  return (count.grows ? sign : opposite(sign)) === wanted ? [] : [standingProblem(policy, 'context.approvals.count')];
}

function standingProblem(policy: Policy, path: string): PolicyProblem {
  const leaf = path.split('.').at(-1) ?? path;
  const how =
    policy.effect === 'forbid'
      ? `write \`unless { … ${leaf === 'count' ? `${path} >= 1` : path} }\``
      : `test it in \`when\` without \`!\`, as \`when { ${leaf === 'count' ? `${path} >= 1` : path} }\``;
  const message = `${path} could make an approved request less allowed than before: ${how}; compare the count with >= only`;
  return problemAt(policy.statement, new RegExp(`\\b${leaf}\\b`), 'approval_lowers_access', message);
}

function unknownProblem(policy: Policy, path: string): PolicyProblem {
  const leaf = path.split('.').at(-1) ?? path;
  const how =
    policy.effect === 'forbid'
      ? `the guard would not bite when nobody knows it: say what lifts the guard, \`unless { … has ${leaf} && … }\``
      : `the permit would apply when nobody knows it: demand the fact, \`when { … has ${leaf} && … }\``;
  const message = `an unknown ${path} slips past this policy: ${how}`;
  return problemAt(policy.statement, new RegExp(`\\bhas\\s+(?:[\\w.]+\\.)?${leaf}\\b`), 'unknown_slips_past', message);
}
