import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPolicyFolder } from '../../../build/policy-folder.ts';
import { runCase } from '../../../build/policy-run.ts';
import { runScenarios } from '../../../build/policy-scenarios.ts';

const loaded = await loadPolicyFolder(path.resolve(import.meta.dirname, '../../../examples/team/policies'));
if (!loaded.ok) throw new Error(loaded.error.join('\n'));
const team = loaded.value;

describe('the team example answers', () => {
  test.each(team.caseSets.flatMap(({ cases }) => cases))('$name', (policyCase) => {
    expect(runCase(team.engine, policyCase).faults).toEqual([]);
  });
});

test('generated scenarios hold the invariants', { timeout: 120_000 }, () => {
  expect(runScenarios(team, 300).violations).toEqual([]);
});
