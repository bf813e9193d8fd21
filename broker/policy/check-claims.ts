// What the requester merely says moves no decision unless the policy's author signs for it with @trustsClaim("why").
// The rule is deliberately blunt: any read of `context.claimed`, in any policy, in any place. Whoever may choose the
// value chooses the outcome, so a claim that *triggers* a guard is dodged as easily as one that lifts it.
import { pathOf, type Expression } from './expression.ts';
import { partsOf, type Policy } from './policy.ts';
import { problemAt } from './policy-source.ts';
import type { PolicyProblem } from './policy-problem.ts';
import { RECORD_PATHS } from './schema.ts';

export function checkClaims(policy: Policy): readonly PolicyProblem[] {
  const reason = policy.annotations['trustsClaim'];
  const claimed = [...policy.reads].find((path) => path === 'context.claimed' || path.startsWith('context.claimed.'));
  if (reason !== undefined && reason.trim() === '') {
    return [problemAt(policy.statement, /@trustsClaim/, 'trust_empty', '@trustsClaim says why the claim is trusted')];
  }
  if (reason !== undefined && claimed === undefined) {
    return [problemAt(policy.statement, /@trustsClaim/, 'trust_unused', '@trustsClaim stands on a policy that reads no claim')];
  }
  if (reason === undefined && claimed !== undefined) {
    const message = `${claimed} is what the requester merely says, and this policy's outcome depends on it: use a proven fact, or sign for it with @trustsClaim("why")`;
    return [problemAt(policy.statement, /\bclaimed\b|\bcontext\s*\[/, 'claim_untrusted', message)];
  }
  return [];
}

/**
 * Records are never used whole: `context` in a variable position would carry the claims past `checkClaims`, and a
 * comparison of records would carry an unknown fact past the polarity check.
 */
export function checkRecords(policy: Policy): readonly PolicyProblem[] {
  const taken = new Set(partsOf(policy).flatMap(basesOf));
  return partsOf(policy).flatMap((part) => {
    const path = pathOf(part);
    if (path === null || !RECORD_PATHS.has(path) || taken.has(part)) return [];
    const pattern = new RegExp(`\\b${path.split('.').at(-1)}\\b`);
    return [problemAt(policy.statement, pattern, 'record_as_value', `${path} is used as a value: read one of its attributes`)];
  });
}

/** What a `.` or a `has` looks into; only there may a record stand. */
function basesOf(part: Expression): readonly Expression[] {
  return part.kind === 'attribute' || part.kind === 'has' ? [part.of] : [];
}
