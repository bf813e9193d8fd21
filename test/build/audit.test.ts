// `npm run audit`: what it takes, what it answers, and with which exit code.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestLedger } from '#test/broker/ledger/open-test-ledger.ts';
import { numberedEvent, NOW_MS } from '#test/broker/ledger/sample-events.ts';
import { openTestOutbox, appendNumbered } from '#test/electron/agent/outbox/open-test-outbox.ts';
import { runExport } from '../../build/audit/export.ts';
import { runVerify } from '../../build/audit/verify.ts';

const SECOND = 1000;
const time = (second: number): string => new Date(NOW_MS + second * SECOND).toISOString();

let root: string;
let kept: string;
let key: string;

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'daypass-test-'));
  const broker = await openTestLedger(path.join(root, 'data', 'broker.sqlite'));
  const append = async (from: number, to: number): Promise<void> => {
    await broker.store.transaction(async (tx) => {
      for (let number = from; number < to; number += 1)
        await broker.ledger.append(tx, { ...numberedEvent(number), atMs: NOW_MS + number * SECOND });
    });
    await broker.ledger.settled();
  };
  await append(0, 4);
  kept = path.join(root, 'kept');
  writeFileSync(kept, (await broker.ledger.checkpoint()) ?? '');
  await append(4, 20);
  key = broker.ledger.keyFingerprint;
  await broker.close();
  const desktop = await openTestOutbox(path.join(root, 'data', 'agent.sqlite'));
  await appendNumbered(desktop, 0, 3);
  await desktop.close();
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

type Answer = { readonly code: number; readonly says: string };

/** What is printed on either stream. */
async function run(command: (args: readonly string[]) => Promise<number>, ...args: string[]): Promise<Answer> {
  const lines: string[] = [];
  const take = (line: unknown): void => void lines.push(String(line));
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(take),
    vi.spyOn(console, 'error').mockImplementation(take),
  ];
  try {
    return { code: await command(args), says: lines.join('\n') };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const to = (name: string): string => path.join(root, name);
const data = (): string[] => ['--data', path.join(root, 'data')];

describe('npm run audit', () => {
  it('exports the ledger of a data folder, and verifies it with what was kept outside', async () => {
    expect(await run(runExport, ...data(), '--to', to('ledger'))).toMatchObject({ code: 0 });
    const verified = await run(runVerify, to('ledger'), '--key', key, '--since', kept);
    expect(verified).toMatchObject({ code: 0, says: expect.stringMatching(/^verified: 20 records of /) as unknown });
    expect(verified.says).toContain('continues the checkpoint that was kept');
    const alone = await run(runVerify, to('ledger'));
    expect(alone).toMatchObject({ code: 0, says: expect.stringMatching(/^internally consistent only: /) as unknown });
  });

  it('exports the desktop’s log', async () => {
    const answer = await run(runExport, ...data(), '--log', 'desktop', '--to', to('desktop'));
    expect(answer).toMatchObject({
      code: 0,
      says: expect.stringContaining('3 records of daypass.desktop/') as unknown,
    });
  });

  it('exports a time range, from the database and from an export, comparable with what was kept', async () => {
    const range = ['--from', time(10), '--until', time(15), '--since', kept];
    expect(await run(runExport, ...data(), ...range, '--to', to('range'))).toMatchObject({ code: 0 });
    await run(runExport, ...data(), '--to', to('whole'));
    expect(await run(runExport, '--from-export', to('whole'), ...range, '--to', to('cut'))).toMatchObject({ code: 0 });
    for (const folder of ['range', 'cut']) {
      const { code, says } = await run(runVerify, to(folder), '--key', key, '--since', kept, '--json');
      expect(code).toBe(0);
      const range = { first: 10, records: 5, start: 'record_outside', end: 'record_outside' };
      expect(JSON.parse(says)).toMatchObject({ ok: true, verdict: 'verified', continuesOld: true, range });
    }
  });

  it('names the first bad record', async () => {
    await run(runExport, ...data(), '--to', to('good'));
    cpSync(to('good'), to('bad'), { recursive: true });
    const log = path.join(to('bad'), 'log.jsonl');
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    writeFileSync(log, `${lines.toSpliced(7, 1).join('\n')}\n`);
    expect(await run(runVerify, to('bad'), '--key', key)).toEqual({ code: 1, says: 'refused: record 7 was removed' });
    const told = JSON.parse((await run(runVerify, to('bad'), '--json')).says) as object;
    expect(told).toMatchObject({ ok: false, diagnosis: { kind: 'removed', record: 7, records: 1 } });
    rmSync(path.join(to('bad'), 'leaves'));
    expect((await run(runVerify, to('bad'))).says).toBe('refused: record 7 has another sequence number');
  });

  it('says what it lacks: a database, a checkpoint, a whole export', async () => {
    const nowhere = ['--data', path.join(root, 'nowhere'), '--to', to('x')];
    expect(await run(runExport, ...nowhere)).toMatchObject({
      code: 1,
      says: expect.stringContaining('broker.sqlite') as unknown,
    });
    expect(await run(runExport, ...nowhere, '--log', 'desktop')).toMatchObject({ code: 1 });
    await run(runExport, ...data(), '--from', time(10), '--to', to('part'));
    const again = await run(runExport, '--from-export', to('part'), '--from', time(12), '--to', to('x'));
    expect(again).toMatchObject({
      code: 1,
      says: expect.stringContaining('is not an export of a whole log') as unknown,
    });
  });

  it.each([
    ['an empty key', () => run(runVerify, root, '--key', '')],
    ['half a key', () => run(runVerify, root, '--key', key.slice(1))],
    ['a kept checkpoint that is not there', () => run(runVerify, root, '--since', to('nowhere'))],
    ['two folders', () => run(runVerify, root, root)],
    ['an option that it does not know', () => run(runVerify, root, '--keys', key)],
    ['no place to write to', () => run(runExport, ...data())],
    ['nothing to export', () => run(runExport, '--to', to('x'))],
    ['a time without its zone', () => run(runExport, ...data(), '--to', to('x'), '--from', '2026-11-20T10:00:00')],
    [
      'a range that ends before it begins',
      () => run(runExport, ...data(), '--to', to('x'), '--from', time(2), '--until', time(1)),
    ],
    ['another log', () => run(runExport, ...data(), '--to', to('x'), '--log', 'both')],
  ])('refuses %s', async (_name, call) => {
    await expect(call()).rejects.toThrow();
  });

  it('exits with 2 for a wrong call, and tells the right one', () => {
    const command = path.resolve(import.meta.dirname, '..', '..', 'build', 'audit.ts');
    const call = (): string => execFileSync(process.execPath, [command, 'verify'], { encoding: 'utf8', stdio: 'pipe' });
    expect(call).toThrow(expect.objectContaining({ status: 2, stderr: expect.stringContaining('usage: ') as unknown }));
  });
});
