import { expect, it } from 'vitest';
import { crowd, untilEnough } from './disturb.ts';
import { torture } from './team.ts';

it(
  'gives 50 requesters and 10 approvers at once what is theirs, each request in one state',
  { timeout: 480_000 },
  async () => {
    // A run in which nobody came through would find nothing either.
    const disturb = untilEnough(
      crowd(12_000),
      ({ collected, answered }) => collected.length > 10 && answered.length > 3,
    );
    const report = await torture({ disturb: () => disturb, requesters: 50, approvers: 10 });
    expect(report, report.logs.slice(-4000)).toMatchObject({ lost: [], doubled: [], outlived: [], faults: [] });
    expect(report.grants).toBeGreaterThan(10);
    expect(report.journal.answered.length).toBeGreaterThan(3);
  },
);
