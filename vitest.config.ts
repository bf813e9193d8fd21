// How tests run. The machine may be small and busy: few workers, generous limits, and no test that measures speed.
import { env } from 'node:process';
import { defineConfig } from 'vitest/config';
import { LongSpecsFirst } from './build/long-specs-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**', 'test/architecture/planted/**'],
    setupFiles: env['DAYPASS_TEST_STORE'] === 'postgres' ? ['test/support/on-postgres.ts'] : [],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
    expect: { poll: { timeout: 20_000 } },
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    sequence: { hooks: 'stack', sequencer: LongSpecsFirst },
  },
});
