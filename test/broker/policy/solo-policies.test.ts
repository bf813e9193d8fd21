import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SENSITIVITIES } from '#shared/contracts/catalog.ts';
import { loadPolicyFolder } from '../../../build/policy-folder.ts';
import { readCases } from '../../../build/policy-cases.ts';
import { approvalsOf, runCase } from '../../../build/policy-run.ts';
import { runScenarios } from '../../../build/policy-scenarios.ts';
import { dataset, engineOf, PERMIT_ALL, person, policy, question } from './examples.ts';

const SOLO = path.resolve(import.meta.dirname, '../../../examples/solo/policies');
const loaded = await loadPolicyFolder(SOLO);
if (!loaded.ok) throw new Error(loaded.error.join('\n'));
const solo = loaded.value;

describe('the solo example answers', () => {
  test.each(solo.caseSets.flatMap(({ cases }) => cases))('$name', (policyCase) => {
    expect(runCase(solo.engine, policyCase).faults).toEqual([]);
  });
});

test('generated scenarios hold the invariants, and see every outcome', { timeout: 120_000 }, () => {
  const report = runScenarios(solo, 2_000);
  expect(report.violations).toEqual([]);
  expect(report.scenarios).toBe(2_000);
  for (const outcome of [
    'approved',
    'needs_approval',
    'needs_confirmation',
    'denied guardrail',
    'denied over_max_duration',
    'denied evaluation_error',
  ]) {
    expect(report.outcomes[outcome] ?? 0, outcome).toBeGreaterThan(10);
  }
});

test('an unknown fact never gives more than a known one', () => {
  const known = fc.record({
    contractor: fc.boolean(),
    zoneinfo: fc.constantFrom('Europe/Berlin', 'Asia/Seoul', 'America/Los_Angeles'),
    device: fc.record({ managed: fc.boolean(), diskEncrypted: fc.boolean(), country: fc.constantFrom('DE', 'US') }),
    sensitivity: fc.constantFrom(...SENSITIVITIES),
    residency: fc.constantFrom({}, { residency: 'DE' }),
    action: fc.constantFrom('read', 'export'),
    approvals: fc.constantFrom(0, 1, 2),
  });
  const fact = fc.constantFrom('contractor', 'zoneinfo', 'managed', 'diskEncrypted', 'country');
  fc.assert(
    fc.property(known, fact, ({ contractor, zoneinfo, device, sensitivity, residency, action, approvals }, unknown) => {
      const allowed = (hidden: Readonly<Record<string, null>>): boolean =>
        solo.engine.enforce(
          question({
            requester: person('ana', { roles: ['data-scientist'], contractor, zoneinfo, ...hidden }),
            resource: dataset({ sensitivity, ...residency }),
            actions: [action],
            facts: { device: { ...device, ...hidden } },
          }),
          { approvals: approvalsOf(approvals, true), selfConfirmed: false },
        ).allowed;
      expect(Number(allowed({ [unknown]: null }))).toBeLessThanOrEqual(Number(allowed({})));
    }),
    { numRuns: 400 },
  );
});

test('the scenarios notice policies that are too kind', () => {
  const sources = [
    { file: 'kind.cedar', text: PERMIT_ALL + policy('approve', 'permit', '', '== Daypass::Action::"approve"') },
  ];
  const { violations } = runScenarios({ ...solo, sources, engine: engineOf(...sources.map(({ text }) => text)) }, 200);
  expect(violations.some((violation) => violation.includes('approved without a person'))).toBe(true);
  expect(violations.some((violation) => violation.includes('pass the cap'))).toBe(true);
});

test('a case that is written wrongly is refused with its line', () => {
  const text =
    'people:\n  - { name: ana }\ncases:\n  - name: x\n    requester: bo\n    resource: dataset:none\n    actions: [read]\n    duration: PT1H\n    at: 2026-11-18T09:00:00Z\n    expect: { outcome: approved }\n';
  const read = (changed: string): unknown => readCases({ file: 'a.yaml', text: changed }, solo.resources);
  expect(read(text)).toMatchObject({
    ok: false,
    error: [
      { file: 'a.yaml', line: 5 },
      { file: 'a.yaml', line: 6 },
    ],
  });
  expect(read(text.replace('PT1H', 'forever'))).toMatchObject({ ok: false, error: [{ file: 'a.yaml', line: 8 }] });
  expect(read(text.replace('actions', 'action'))).toMatchObject({
    ok: false,
    error: expect.arrayContaining([expect.objectContaining({ line: 4 })]),
  });
  expect(read('cases: [')).toMatchObject({ ok: false, error: [{ file: 'a.yaml', line: 1 }] });
});
