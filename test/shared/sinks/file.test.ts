import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord } from '#shared/audit/record-fields.ts';
import type { OpenedSink } from '#shared/sinks/sinks.ts';
import { openSinkLog, type SinkLog } from '../../support/sink-log.ts';

let log: SinkLog;
let path: string;

beforeEach(async () => {
  log = await openSinkLog();
  path = join(log.folder, 'sink', 'audit.jsonl');
});
afterEach(async () => await log.close());

const fileSink = (given: Partial<{ path: string; maxBytes: number; keep: number }> = {}): OpenedSink => ({
  sink: { kind: 'file', name: 'local', path, maxBytes: 67_108_864, keep: 10, ...given },
  secret: null,
  managed: false,
});

const lines = async (file: string): Promise<readonly string[]> => {
  const text = await readFile(file, 'utf8').catch(() => '');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text.split('\n').slice(0, -1);
};
const uidsIn = async (file: string): Promise<readonly string[]> =>
  (await lines(file)).map((line) => readRecord(line)?.uid ?? '');
const synced = { timeout: 20_000, interval: 5 };

describe('a file beside the ledger', () => {
  it('has every record as its exact bytes, one a line, readable by its owner alone, and goes on as the log grows', async () => {
    await log.grow(700);
    const sinks = await log.open([fileSink()]);
    await expect.poll(() => sinks.status()[0]?.state, synced).toEqual({ kind: 'synced' });
    await log.grow(3);
    await expect.poll(() => uidsIn(path), synced).toEqual(await log.uids());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(log.troubles).toEqual([]);
  });
});
