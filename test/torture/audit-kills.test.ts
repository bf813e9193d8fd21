import { expect, it } from 'vitest';
import { tortureAudit } from './audit/audit.ts';

// Many processes are started and killed: on a machine that is busy with other things it takes as long as it takes.
const LIMIT_MS = 900_000;

it(
  'loses, doubles and leaves out no record when broker and desktops are killed 200 times',
  { timeout: LIMIT_MS },
  async () => {
    const report = await tortureAudit({ kills: 200 });
    const { lost, doubled, unwritten, disordered, gaps, unkept, undelivered, faults } = report;
    const troubles = `seed ${report.seed} ${JSON.stringify([...report.troubles])} ${JSON.stringify(report.hardness)}`;
    const none = {
      lost: [],
      doubled: [],
      unwritten: [],
      disordered: [],
      gaps: [],
      unkept: [],
      undelivered: [],
      faults: [],
    };
    expect({ lost, doubled, unwritten, disordered, gaps, unkept, undelivered, faults }, troubles).toEqual(none);
    // A run in which little happened would find nothing either. How much more does depends on the machine.
    const { kills, brokerKills, inAppend, lostAcknowledgements } = report.hardness;
    expect(kills, troubles).toBeGreaterThanOrEqual(200);
    expect(Math.min(brokerKills, inAppend, lostAcknowledgements), troubles).toBeGreaterThanOrEqual(5);
  },
);
