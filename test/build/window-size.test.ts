import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { afterAll, expect, it, vi } from 'vitest';
import config from '../../build/electron.vite.config.ts';

const MOST_BYTES = 180_000;

afterAll(() => void vi.unstubAllEnvs());

it('the scripts of the window are at most 180 kB, compressed', async () => {
  const { renderer } = config;
  if (renderer === undefined) throw new Error('the window has no bundle');
  // Else it is the bundle of a developer.
  vi.stubEnv('NODE_ENV', 'production');
  const made = await build({
    ...renderer,
    configFile: false,
    logLevel: 'silent',
    build: { ...renderer.build, write: false },
  });
  if (Array.isArray(made) || !('output' in made)) throw new Error('the window is one bundle');
  const scripts = made.output.flatMap((file) => (file.type === 'chunk' ? [file.code] : []));
  expect(scripts.length).toBeGreaterThan(0);
  const bytes = scripts.reduce((all, code) => all + gzipSync(code, { level: 9 }).byteLength, 0);
  // Half of it is what draws: less would be another bundle, or none.
  expect(bytes).toBeGreaterThan(MOST_BYTES / 2);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
}, 120_000);
