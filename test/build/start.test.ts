// `npm start` without a display: it says where the app runs, serves, refuses strangers, keeps its state, and stops cleanly.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { until } from '#test/desktop/until.ts';

const START = path.resolve(import.meta.dirname, '..', '..', 'build', 'start.ts');
const configSchema = z.object({ gateway: z.object({ port: z.int() }) });
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'daypass-start-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Running = { readonly child: ChildProcess; readonly said: () => string };

async function start(): Promise<Running> {
  const { DISPLAY: _, ...env } = process.env;
  const child = spawn(process.execPath, [START, '--data', folder, '--free-ports'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit').then(() => true);
  await until('the app to run', async () => {
    if (said.includes('Daypass runs on examples/solo')) return true;
    if (await Promise.race([ended, Promise.resolve(false)])) throw new Error(said);
    return undefined;
  });
  return { child, said: () => said };
}

async function stop({ child }: Running): Promise<number | null> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return child.exitCode;
}

/** Its answer to a call without a token, once it listens. */
async function strangersStatus(): Promise<number> {
  const { gateway } = configSchema.parse(parse(readFileSync(path.join(folder, 'example', 'daypass.yaml'), 'utf8')));
  const url = `http://127.0.0.1:${gateway.port}/gateway/dataset/penguins/penguins.csv`;
  return await until('the gateway', async () => {
    try {
      return (await fetch(url)).status;
    } catch {
      return undefined;
    }
  });
}

describe('npm start', () => {
  it('runs the app on the example, refuses a call without a token, keeps its state over a restart, and ends at SIGTERM', async () => {
    const first = await start();
    expect(first.said()).toMatch(/runs on the stand-in|Its door is the icon/);
    expect(await strangersStatus()).toBe(401);
    const key = path.join(folder, 'keys', 'ledger.key');
    const kept = readFileSync(key);
    expect(statSync(key).mode & 0o077).toBe(0);
    expect(await stop(first)).toBe(0);
    const second = await start();
    expect(await strangersStatus()).toBe(401);
    expect(readFileSync(key)).toEqual(kept);
    expect(await stop(second)).toBe(0);
  });
});
