// The order of the specs. The runner takes large files first when it knows nothing of them, as in a clean checkout;
// the longest of ours are a few lines that let much happen, and would run last, on one core, with the other idle.
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes half a minute and more. Nothing but the time of the run depends on this list. */
const LONG = [
  'test/torture/team-kills.test.ts',
  'test/torture/audit-kills.test.ts',
  'test/broker/crash/crash.test.ts',
  'test/renderer/accessibility.test.ts',
  'test/e2e/team/approvals.test.ts',
  'test/e2e/team/network-and-sleep.test.ts',
  'test/e2e/team/oversight.test.ts',
  'test/torture/team-crowd.test.ts',
  'test/torture/postgres-outage.test.ts',
];

export class LongSpecsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((file) => moduleId.endsWith(file));
      return place === -1 ? LONG.length : place;
    };
    return (await super.sort(files)).toSorted((one, other) => rank(one) - rank(other));
  }
}
