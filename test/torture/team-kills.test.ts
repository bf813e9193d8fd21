import { expect, it } from 'vitest';
import { kills, untilEnough } from './disturb.ts';
import type { Journal } from './journal.ts';
import { torture } from './team.ts';

it('loses and doubles nothing when replicas are killed 50 times while people work', { timeout: 900_000 }, async () => {
  const disturb = untilEnough(kills(50), isEnough);
  const report = await torture({ disturb: () => disturb, requesters: 6, approvers: 4 });
  expect(report, report.logs.slice(-4000)).toMatchObject({ lost: [], doubled: [], outlived: [], faults: [] });
  expect(report.disturbances).toBe(50);
  expect(report.journal).toSatisfy(isEnough);
});

/** A run in which nobody came through would find nothing either. */
function isEnough({ collected, uses, unknownOutcomes }: Journal): boolean {
  return collected.length > 20 && uses.allowed > 5 && uses.refused > 10 && unknownOutcomes > 20;
}
