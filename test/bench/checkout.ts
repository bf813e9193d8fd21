// From request to collected token, approved by policy, against the sum of what physically must happen.
import { randomUUID } from 'node:crypto';
import { APPROVED, openBenchBroker } from '#test/support/bench-broker.ts';
import { openBenchParts, type PartName } from '#test/support/bench-parts.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { type Bench, goal, median, p99, rounded, timeEach } from './measure.ts';

/**
 * How often a check-out waits for each. Commits: the request, the intent to issue, the active grant. The device proves
 * itself at submit and at collect, and the token is signed; policy is asked at both.
 */
const TIMES: readonly (readonly [PartName, number])[] = [
  ['commit', 3],
  ['sign', 3],
  ['verify', 2],
  ['decide', 2],
];

const WARM_UP = 30;
const ROUNDS = 10;

export const run: Bench = async ({ count = '300' }) => {
  const broker = await openBenchBroker();
  const parts = await openBenchParts(broker.folder);
  try {
    const ana = await broker.client('ana');
    const checkOut = async (): Promise<void> => {
      const request = expectOk(await ana.submit(APPROVED, randomUUID()));
      expectOk(await ana.collect(request.id, randomUUID()));
    };
    await timeEach(WARM_UP, checkOut);
    const checkOuts: number[] = [];
    const samples: Record<PartName, number[]> = { commit: [], sign: [], verify: [], decide: [] };
    const cpuBefore = process.cpuUsage();
    let cpuOfPartsMs = 0;
    // In turns, so that a slow moment of the machine meets all alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      checkOuts.push(...(await timeEach(Number(count) / ROUNDS, checkOut)));
      const before = process.cpuUsage();
      for (const [name] of TIMES)
        samples[name].push(...(await timeEach(30, () => Promise.resolve(parts.work[name]()))));
      cpuOfPartsMs += cpuMs(before);
    }
    const cpuMsEach = (cpuMs(cpuBefore) - cpuOfPartsMs) / checkOuts.length;
    const partsMs = TIMES.reduce((sum, [name, times]) => sum + times * median(samples[name]), 0);
    const figures = rounded({
      p50Ms: median(checkOuts),
      p99Ms: p99(checkOuts),
      cpuMs: cpuMsEach,
      timesTheParts: median(checkOuts) / partsMs,
    });
    const floor = Object.fromEntries(TIMES.map(([name]) => [`${name}P50Ms`, median(samples[name])]));
    return {
      name: 'checkout',
      figures,
      floor: rounded({ ...floor, partsMs }),
      goals: [
        goal(figures, 'p50Ms', { atMost: 25 }),
        goal(figures, 'p99Ms', { atMost: 100 }),
        goal(figures, 'timesTheParts', { atMost: 2 }),
      ],
    };
  } finally {
    parts.close();
    await broker.close();
  }
};

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
