// Prepares the machine, builds the app, runs every test and ends with `N passed, N failed, N skipped`, counted from the runner's own report.
// A run that crashed, ran nothing or left an unhandled error never exits with 0.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureBuilt } from './app/build-app.ts';
import { makeForSpecs } from './app/made-for-specs.ts';
import { prepareMachine } from './app/prepare-machine.ts';
import { readReport } from './test-report.ts';

const root = path.resolve(import.meta.dirname, '..');
/** What Node has compiled, for the hundreds of processes that load the same: a third of a broker's start. */
const COMPILED = path.join(root, 'node_modules', '.cache', 'node-compile');

/** `--store postgres` runs the broker's tests on PostgreSQL; the rest is the runner's. */
function readStore(args: readonly string[]): { readonly store: string; readonly rest: readonly string[] } {
  const at = args.indexOf('--store');
  if (at === -1) return { store: process.env['DAYPASS_TEST_STORE'] ?? 'sqlite', rest: args };
  const store = args[at + 1] ?? '';
  if (!['sqlite', 'postgres'].includes(store)) throw new Error('--store is sqlite or postgres');
  return { store, rest: args.toSpliced(at, 2) };
}

/** At the first run: a broker that only says how it is called, since those of the specs are mostly killed. */
function compileOnce(): void {
  if (existsSync(COMPILED)) return;
  const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED };
  spawnSync(process.execPath, [path.join(root, 'build', 'broker.ts')], { env, stdio: 'ignore' });
}

type Run = {
  readonly reportFile: string;
  readonly args: readonly string[];
  readonly made: Readonly<Record<string, string>>;
};

/** Takes the runner's own arguments (file filters, options). Gives the runner's exit code, or 1 when it has none. */
function runTests({ reportFile, args, made }: Run): number {
  const { store, rest } = readStore(args);
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const result = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...rest], {
    cwd: root,
    env: { ...process.env, ...made, DAYPASS_TEST_STORE: store, NODE_COMPILE_CACHE: COMPILED },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.error !== undefined) console.error(`The test runner did not start: ${result.error.message}`);
  if (result.signal !== null) console.error(`The test runner was ended by ${result.signal}`);
  return result.status ?? 1;
}

// A folder of its own: a report left by another run must never be counted as this one's.
const folder = mkdtempSync(path.join(tmpdir(), 'daypass-test-'));
try {
  prepareMachine();
  ensureBuilt();
  compileOnce();
  const args = process.argv.slice(2);
  const reportFile = path.join(folder, 'report.json');
  // The specs of a folder make for themselves what they need.
  const exitCode = runTests({ reportFile, args, made: args.length === 0 ? makeForSpecs(folder) : {} });
  const { passed, failed, skipped, whole } = readReport(reportFile);
  if (!whole) console.error('The test run is not whole: no report, no tests, or an error outside the tests.');
  process.exitCode = exitCode === 0 && whole && failed === 0 ? 0 : Math.max(exitCode, 1);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
