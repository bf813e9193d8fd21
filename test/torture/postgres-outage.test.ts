import { expect, it } from 'vitest';
import { outage, untilEnough } from './disturb.ts';
import { torture } from './team.ts';

it(
  'goes on after PostgreSQL was away, with nothing lost and nothing used past its end',
  { timeout: 480_000 },
  async () => {
    const report = await torture({
      disturb: ({ postgres }) =>
        untilEnough(outage(postgres, 4000), ({ collected, uses }) => collected.length > 0 && uses.refused > 0),
      requesters: 6,
      approvers: 4,
    });
    expect(report, report.logs.slice(-4000)).toMatchObject({ lost: [], doubled: [], outlived: [], faults: [] });
    expect(report.grants).toBeGreaterThan(0);
    expect(report.journal.uses.refused).toBeGreaterThan(0);
  },
);
