import { expect, it } from 'vitest';
import { kills } from './disturb.ts';
import { torture } from './team.ts';

it('loses and doubles nothing when replicas are killed 50 times while people work', { timeout: 900_000 }, async () => {
  const report = await torture({ disturb: () => kills(50), requesters: 6, approvers: 4 });
  expect(report, report.logs.slice(-4000)).toMatchObject({ lost: [], doubled: [], outlived: [], faults: [] });
  expect(report.disturbances).toBe(50);
  // A run in which nobody came through would find nothing either.
  expect(report.grants).toBeGreaterThan(20);
  expect(report.journal.uses.allowed).toBeGreaterThan(10);
  expect(report.journal.uses.refused).toBeGreaterThan(10);
  expect(report.journal.unknownOutcomes).toBeGreaterThan(0);
});
