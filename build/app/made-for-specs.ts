// What a run of all specs makes once for many of them, and how they find it.
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';

/**
 * Variables of the environment: the bundled broker's path, the folder of the window with a fake bridge, and that of a
 * PostgreSQL server's files before its first start.
 */
export const MADE_BROKER = 'DAYPASS_TEST_BROKER';
export const MADE_PAGE = 'DAYPASS_TEST_PAGE';
export const MADE_POSTGRES = 'DAYPASS_TEST_POSTGRES';

/** Makes them in this folder and gives these variables. Throws with the bundler's own words when it cannot. */
export function makeForSpecs(folder: string): Readonly<Record<string, string>> {
  const made = {
    [MADE_BROKER]: path.join(folder, 'broker'),
    [MADE_PAGE]: path.join(folder, 'page'),
    [MADE_POSTGRES]: path.join(folder, 'postgres'),
  };
  // PostgreSQL's own user has to come through.
  chmodSync(folder, 0o711);
  // In a process of its own: a bundler sets the environment as it wants it. The page is built as a spec would build it.
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(import.meta.dirname, 'make-for-specs.ts'), ...Object.values(made)],
    { env: { ...process.env, NODE_ENV: 'test' }, stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`What the specs share could not be made:\n${stderr}`);
  return { ...made, [MADE_BROKER]: path.join(folder, 'broker', 'broker.js') };
}

/** Where Node keeps what it compiled of the bundled broker. */
export function compiledOf(program: string): string {
  return path.join(path.dirname(program), 'compiled');
}
