// What policies may look at: claims only where the author signs for them, attributes one by one, and tests for
// attributes only if the attribute exists and may be absent.
import { pathOf, type Expression } from './expression.ts';
import { partsOf, type Policy } from './policy.ts';
import { problemAt } from './policy-source.ts';
import type { PolicyProblem } from './policy-problem.ts';
import { OPTIONAL_PATHS, RECORD_PATHS } from './schema.ts';

/**
 * What the requester merely says moves no decision unless the policy has `@trustsClaim("why")`. The rule is blunt: any
 * read of `context.claimed`, in any policy, in any place. Whoever may choose the value chooses the outcome, so a claim
 * that *triggers* a guard is dodged as easily as one that lifts it.
 */
export function checkClaims(policy: Policy): readonly PolicyProblem[] {
  const reason = policy.annotations['trustsClaim'];
  const claimed = [...policy.reads].find((path) => path === 'context.claimed' || path.startsWith('context.claimed.'));
  if (reason !== undefined && reason.trim() === '') {
    return [problemAt(policy.statement, /@trustsClaim/, 'trust_empty', '@trustsClaim says why the claim is trusted')];
  }
  if (reason !== undefined && claimed === undefined) {
    const message = '@trustsClaim stands on a policy that reads no claim';
    return [problemAt(policy.statement, /@trustsClaim/, 'trust_unused', message)];
  }
  if (reason === undefined && claimed !== undefined) {
    const message = `${claimed} is what the requester merely says, and this policy's outcome depends on it: use a proven fact, or sign for it with @trustsClaim("why")`;
    return [problemAt(policy.statement, /\bclaimed\b|\bcontext\s*\[/, 'claim_untrusted', message)];
  }
  return [];
}

/**
 * Records are never used whole: `context` as a value would carry the claims past `checkClaims`, and a comparison of
 * records would carry an unknown fact past the polarity check.
 */
export function checkRecords(policy: Policy): readonly PolicyProblem[] {
  const taken = new Set(partsOf(policy).flatMap(basesOf));
  return partsOf(policy).flatMap((part) => {
    const path = pathOf(part);
    if (path === null || !RECORD_PATHS.has(path) || taken.has(part)) return [];
    const pattern = new RegExp(`\\b${path.split('.').at(-1)}\\b`);
    const message = `${path} is used as a value: read one of its attributes`;
    return [problemAt(policy.statement, pattern, 'record_as_value', message)];
  });
}

/** What a `.` or a `has` looks into; only there may a record stand. */
function basesOf(part: Expression): readonly Expression[] {
  return part.kind === 'attribute' || part.kind === 'has' ? [part.of] : [];
}

/** Cedar lets `has` test for anything, so a misspelt attribute would just never be there. */
export function checkTests(policy: Policy): readonly PolicyProblem[] {
  return partsOf(policy).flatMap((part) => {
    if (part.kind !== 'has') return [];
    const base = pathOf(part.of);
    const tested = part.names.map((_, index) => [base, ...part.names.slice(0, index + 1)].join('.'));
    if (base !== null && tested.some((path) => OPTIONAL_PATHS.has(path))) return [];
    const path = [base ?? '…', ...part.names].join('.');
    const pattern = new RegExp(`\\bhas\\s+["\\w.]*${part.names.at(-1)}\\b`);
    return [
      problemAt(policy.statement, pattern, 'test_unknown', `${path} is nothing that may be absent: is it misspelt?`),
    ];
  });
}
