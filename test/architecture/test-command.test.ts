import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
/** It builds the app first where that is not built yet. */
const PATIENCE_MS = 180_000;
const PASSES = "import { expect, test } from 'vitest';\ntest('one', () => expect(1).toBe(1));\n";

/** Runs the real test command on a project that holds only these test files. */
async function runOn(
  files: Readonly<Record<string, string>>,
): Promise<{ code: unknown; lastLine: string | undefined }> {
  const project = mkdtempSync(path.join(tmpdir(), 'daypass-test-command-'));
  try {
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(project, 'node_modules'));
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(project, name), text);
    const child = spawn(process.execPath, [path.join(ROOT, 'build/test.ts'), `--root=${project}`, '--maxWorkers=1']);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.resume();
    const [code]: unknown[] = await once(child, 'close');
    return { code, lastLine: output.trimEnd().split('\n').at(-1) };
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

const FAILS =
  "import { expect, test } from 'vitest';\ntest('one', () => expect(1).toBe(2));\ntest.skip('two', () => {});\n";
const inTheBackground = (act: string): string => `${PASSES}test('act', async () => {\n  ${act}\n});\n`;

test.each([
  ['passes', { 'a.test.ts': PASSES }, 0, '1 passed, 0 failed, 0 skipped'],
  ['fails', { 'a.test.ts': PASSES, 'b.test.ts': FAILS }, 1, '1 passed, 1 failed, 1 skipped'],
  ['runs no test', {}, 1, '0 passed, 0 failed, 0 skipped'],
  [
    'has a file that cannot be loaded',
    { 'a.test.ts': PASSES, 'b.test.ts': 'import "./none.ts";' },
    1,
    '1 passed, 1 failed, 0 skipped',
  ],
  [
    'leaves an unhandled rejection',
    { 'a.test.ts': inTheBackground("void Promise.reject(new Error('left'));") },
    1,
    '2 passed, 0 failed, 0 skipped',
  ],
])('a run that %s', { timeout: PATIENCE_MS }, async (_, files, code, lastLine) => {
  expect(await runOn(files)).toEqual({ code, lastLine });
});

test('a run whose worker is killed', { timeout: PATIENCE_MS }, async () => {
  const { code, lastLine } = await runOn({ 'a.test.ts': inTheBackground("process.kill(process.pid, 'SIGKILL');") });
  expect(code).toBe(1);
  expect(lastLine).toMatch(/^\d+ passed, \d+ failed, \d+ skipped$/);
});
