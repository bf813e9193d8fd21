import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const SERVE = path.resolve(import.meta.dirname, '../../examples/solo/model/serve.ts');
const SECRET = 'test-secret-of-the-model-process';
let folder = '';
let secretFile = '';
let running: ChildProcess | null = null;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-model-'));
  secretFile = path.join(folder, 'secret');
  writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
});

afterEach(async () => {
  if (running !== null && running.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
  running = null;
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): { readonly child: ChildProcess; readonly output: () => string } {
  const child = spawn(process.execPath, [SERVE, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running = child;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

test('reads its secret from a file, answers, prints no secret, and stops when asked', async () => {
  const { child, output } = start('--secret-file', secretFile, '--port', '0');
  await expect.poll(output, { timeout: 20_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  const origin = /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0] ?? '';
  const response = await fetch(`${origin}/v1/analyse`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' },
    body: '{"text":"What a lovely day."}',
  });
  expect(await response.json()).toMatchObject({ model: 'wink-eng-lite-web-model' });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(output()).not.toContain(SECRET);
});

test.skipIf(process.platform === 'win32')('refuses a secret that others may read', async () => {
  chmodSync(secretFile, 0o644);
  const { child, output } = start('--secret-file', secretFile, '--port', '0');
  expect((await once(child, 'exit'))[0]).not.toBe(0);
  expect(output()).toContain('0600');
  expect(output()).not.toContain(SECRET);
});

test('does not start without a secret', async () => {
  const { child } = start('--port', '0');
  expect((await once(child, 'exit'))[0]).not.toBe(0);
});
