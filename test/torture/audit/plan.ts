// What befalls whom in an audit torture: made of the seed alone, so that the same seed is the same plan. What the
// machine's timing makes of it is another thing.
import { DAY_MS, type DurationMs, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { createRandom, type Random } from '../random.ts';

/** When a process is killed: so long after that many of these happened in its life. */
export type End = {
  readonly after: 'start' | 'commits' | 'calls';
  readonly count: number;
  readonly thenMs: DurationMs;
};

export type Life = {
  /** How far its clock is off. */
  readonly clockMs: DurationMs;
  /** To what it is set once it is ready; null: it stays. */
  readonly setToMs: DurationMs | null;
  /** It finds no device key at its start. Only of a desktop. */
  readonly losesKey: boolean;
  readonly end: End;
};

/** What happens to a disk while everybody is dead. */
export type DiskStep = 'none' | 'back_up' | 'put_back';

/** Some lives of each process, side by side; the last ones of all end together. */
export type Act = {
  readonly broker: readonly Life[];
  readonly desktops: readonly (readonly Life[])[];
  readonly brokerDisk: DiskStep;
  readonly desktopDisks: readonly DiskStep[];
};

/** Small errors of a clock are everyday, and let most calls pass; the far ones stop the sync for a life. */
const CLOCKS = [
  SECOND_MS,
  -SECOND_MS,
  20 * SECOND_MS,
  -20 * SECOND_MS,
  10 * MINUTE_MS,
  -HOUR_MS,
  40 * DAY_MS,
  -40 * DAY_MS,
  20_000 * DAY_MS,
] as const;

const KEY_LOST_CHANCE = 0.06;

/** Acts without end. */
export function* planActs(seed: number, desktops: number): Generator<Act, never> {
  const random = createRandom(seed);
  for (let act = 0; ; act += 1) {
    yield {
      broker: lives(random, random.between(3, 5), () => brokerEnd(random)),
      desktops: Array.from({ length: desktops }, () => lives(random, random.between(3, 5), () => desktopEnd(random))),
      brokerDisk: diskStep(random, act, act % 4 === 2 ? 1 : 0.1),
      desktopDisks: Array.from({ length: desktops }, (_, index) =>
        diskStep(random, act, (act + index) % 3 === 2 ? 1 : 0.3),
      ),
    };
  }
}

function lives(random: Random, count: number, end: () => End): Life[] {
  return Array.from({ length: count }, (_, index) => {
    const drawn = {
      clockMs: clock(random),
      setToMs: random.chance(0.2) ? clock(random) : null,
      losesKey: random.chance(KEY_LOST_CHANCE),
      end: end(),
    };
    // With right clocks something comes through before all end.
    return index === count - 1 ? { ...drawn, clockMs: 0, setToMs: null } : drawn;
  });
}

function clock(random: Random): DurationMs {
  return random.chance(0.75) ? 0 : random.pick(CLOCKS);
}

function desktopEnd(random: Random): End {
  if (random.chance(0.15)) return { after: 'start', count: 0, thenMs: random.between(0, 150) };
  if (random.chance(0.5)) return { after: 'calls', count: random.between(1, 5), thenMs: random.between(0, 12) };
  return { after: 'commits', count: random.between(1, 7), thenMs: random.between(0, 6) };
}

function brokerEnd(random: Random): End {
  if (random.chance(0.15)) return { after: 'start', count: 0, thenMs: random.between(0, 200) };
  if (random.chance(0.2)) return { after: 'commits', count: random.between(1, 6), thenMs: random.between(0, 6) };
  return { after: 'calls', count: random.between(2, 20), thenMs: random.between(0, 6) };
}

/** There must be a backup before it can be put back. */
function diskStep(random: Random, act: number, chance: number): DiskStep {
  if (act === 0) return 'back_up';
  if (random.chance(chance)) return 'put_back';
  return random.chance(0.5) ? 'back_up' : 'none';
}
