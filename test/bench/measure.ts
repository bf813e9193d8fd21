// What every benchmark reports, and the statistics that they share.

export type Goal = { figure: string; atMost?: number; atLeast?: number; met: boolean };

/** `floor`: what the bare parts cost on this machine in the same run, so that figures of different machines compare. */
export type BenchResult = {
  name: string;
  figures: Record<string, number>;
  floor: Record<string, number>;
  goals: Goal[];
};

/** A benchmark module exports `run`; `options` are the `--key value` pairs of the command line. */
export type BenchOptions = Readonly<Record<string, string>>;
export type Bench = (options: BenchOptions) => Promise<BenchResult>;

/** The value below which `fraction` of the samples lie (nearest rank). Takes at least one sample. */
export function quantile(samples: readonly number[], fraction: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))];
  if (value === undefined) throw new RangeError('no samples');
  return value;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
export const p99 = (samples: readonly number[]): number => quantile(samples, 0.99);

/** Runs the work and gives how long each run took, in ms. */
export async function timeEach(count: number, work: (index: number) => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedMs = performance.now();
    await work(index);
    samples.push(performance.now() - startedMs);
  }
  return samples;
}

/** Runs the work once and gives how long it took, in ms. */
export async function timeOnce(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** Checks a figure against its goal of the design. */
export function goal(
  figures: Readonly<Record<string, number>>,
  figure: string,
  bound: { atMost?: number; atLeast?: number },
): Goal {
  const value = figures[figure];
  if (value === undefined) throw new RangeError(`no figure ${figure}`);
  const met = value <= (bound.atMost ?? Infinity) && value >= (bound.atLeast ?? -Infinity);
  return { figure, ...bound, met };
}

/** Three significant digits: more would pretend to a precision that no run has. */
export function rounded(figures: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(3))]));
}
