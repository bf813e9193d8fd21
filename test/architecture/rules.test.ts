import { describe, expect, test } from 'vitest';
import { expectedRules, reportedRules } from './planted-tree.ts';

const expected = expectedRules();
const reported = reportedRules();

describe('each planted violation is reported by its own rule, and by no other', () => {
  test.each([...expected].filter(([, rules]) => rules.length > 0))('%s', (file, rules) => {
    expect(reported.get(file) ?? []).toEqual(rules);
  });
});

describe('what is allowed is not reported', () => {
  test.each([...expected].filter(([, rules]) => rules.length === 0))('%s', (file) => {
    expect(reported.get(file) ?? []).toEqual([]);
  });
});

test('every rule that the design asks for has a planted violation', () => {
  const planted = new Set([...expected.values()].flat());
  expect([...planted].toSorted()).toEqual([
    'daypass(capability-owner)',
    'daypass(folder-boundaries)',
    'daypass(no-barrel)',
    'daypass(wall-clock)',
    'eslint(max-lines)',
    'eslint(no-console)',
    'import(no-cycle)',
    'typescript(consistent-type-imports)',
    'typescript(no-explicit-any)',
    'typescript(no-floating-promises)',
    'typescript(no-misused-promises)',
    'typescript(switch-exhaustiveness-check)',
  ]);
});
