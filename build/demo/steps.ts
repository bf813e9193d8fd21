// Runs named steps one after another, says what each did, and keeps how long it took.
import { performance } from 'node:perf_hooks';

export type StepResult = { readonly name: string; readonly ok: boolean; readonly ms: number };

export type Steps = {
  /** Runs a step; `say` prints a line under it. A step that throws ends the demo. */
  readonly step: <T>(name: string, run: (say: (line: string) => void) => Promise<T>) => Promise<T>;
  readonly results: () => readonly StepResult[];
};

export class StepFailed extends Error {
  override readonly name = 'StepFailed';
}

export function createSteps(print: (line: string) => void): Steps {
  const results: StepResult[] = [];
  return {
    results: () => results,
    step: async (name, run) => {
      const startedAt = performance.now();
      const lines: string[] = [];
      const finish = (ok: boolean): void => {
        const ms = Math.round((performance.now() - startedAt) * 10) / 10;
        results.push({ name, ok, ms });
        print(`${ok ? '✓' : '✗'} ${name} (${ms} ms)`);
        for (const line of lines) print(`    ${line}`);
      };
      try {
        const value = await run((line) => lines.push(line));
        finish(true);
        return value;
      } catch (error) {
        lines.push(error instanceof Error ? error.message : 'failed');
        finish(false);
        throw new StepFailed(name);
      }
    },
  };
}

/** A step's own check. */
export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
