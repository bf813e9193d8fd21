// `npm start` without a terminal: it says what it is, serves, refuses strangers, keeps its state, and stops cleanly.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const START = path.resolve(import.meta.dirname, '..', '..', 'build', 'start.ts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-start-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Running = { readonly child: ChildProcess; readonly said: string };

async function start(): Promise<Running> {
  const child = spawn(process.execPath, [START, '--data', folder, '--free-ports'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (said.includes('quit')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', () => reject(new Error(said)));
  });
  return { child, said };
}

async function stop({ child }: Running): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}

describe('npm start', () => {
  it('runs the example, refuses a call without a token, keeps its ledger over a restart, and ends at SIGTERM', async () => {
    const first = await start();
    const gateway = /gateway\s+(http:\/\/\S+?)\/gateway/.exec(first.said)?.[1];
    const response = await fetch(`${gateway}/gateway/dataset/penguins/penguins.csv`);
    expect(response.status).toBe(401);
    expect(await stop(first)).toBe(0);
    expect(statSync(path.join(folder, 'keys', 'ledger.key')).mode & 0o077).toBe(0);
    const second = await start();
    const key = (said: string): string | undefined => /key ([0-9a-f]{64})/.exec(said)?.[1];
    expect(key(second.said)).toBe(key(first.said));
    expect(await stop(second)).toBe(0);
  });
});
