import {
  appendFile,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord } from '#shared/audit/record-fields.ts';
import { appendLines } from '#shared/sinks/append-lines.ts';
import type { OpenedSink, Sinks } from '#shared/sinks/sinks.ts';
import { TEST_KIND } from '#shared/sinks/test-record.ts';
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

const patient = { timeout: 30_000, interval: 5 };
const isSynced = async (sinks: Sinks): Promise<void> =>
  await expect
    .poll(async () => await sinks.deliveredUpTo(), patient)
    .toMatchObject({ kind: 'up_to', cursors: [{ sequence: log.log.size() - 1 }] });
const isStuck = async (sinks: Sinks, code = 'not_writable'): Promise<void> =>
  await expect.poll(() => sinks.status()[0]?.state, patient).toMatchObject({ kind: 'stuck', code, needsPerson: true });

const lines = async (file: string): Promise<readonly string[]> => {
  const text = await readFile(file, 'utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text.split('\n').slice(0, -1);
};
const uidsIn = async (file = path): Promise<readonly string[]> =>
  (await lines(file)).map((line) => readRecord(line)?.uid ?? 'no record');
const deliver = async (records: number, sink = fileSink()): Promise<void> => {
  await log.grow(records);
  const sinks = await log.open([sink]);
  await isSynced(sinks);
  await sinks.close();
};

describe('a file beside the log', () => {
  it('has every record as its exact bytes, one a line, for its owner alone, and goes on as the log grows', async () => {
    await log.grow(700);
    const sinks = await log.open([fileSink()]);
    await isSynced(sinks);
    await log.grow(3);
    await isSynced(sinks);
    expect(await uidsIn()).toEqual(await log.uids());
    const records = await log.log.records({ limit: 3 });
    expect((await lines(path)).slice(0, 3)).toEqual(records.map(({ canonical }) => canonical));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(sinks.status()).toMatchObject([{ name: 'local', kind: 'file', target: path, deadLetters: 0 }]);
    expect(log.troubles).toEqual([]);
  });

  it('is mended where a crash tore its last line, and goes on with a line of its own', async () => {
    await deliver(3);
    const [whole = ''] = await lines(path);
    for (const torn of ['{', '{"activity_id":3,"act', whole]) {
      await appendFile(path, torn);
      await deliver(1);
      expect(await uidsIn()).toEqual(await log.uids());
    }
  });

  it('is put aside when it is full; as many are kept as was said, and no line is in two', async () => {
    const small = fileSink({ maxBytes: 65_536, keep: 3 });
    await log.grow(200);
    const sinks = await log.open([small]);
    await isSynced(sinks);
    for (let round = 0; round < 8; round += 1) {
      await log.grow(100);
      await isSynced(sinks);
    }
    const names = (await readdir(dirname(path))).toSorted();
    expect(names).toHaveLength(4);
    expect(names[0]).toBe('audit.jsonl');
    const kept: string[] = [];
    for (const name of [...names.slice(1), 'audit.jsonl']) {
      const file = join(dirname(path), name);
      expect((await stat(file)).size).toBeLessThanOrEqual(65_536);
      kept.push(...(await uidsIn(file)));
    }
    const uids = await log.uids();
    expect(kept.length).toBeGreaterThan(100);
    expect(kept).toEqual(uids.slice(-kept.length));
  });

  it('may be moved away by others: it goes on in a new one', async () => {
    await deliver(2);
    await rename(path, `${path}.1`);
    await deliver(2);
    expect([...(await uidsIn(`${path}.1`)), ...(await uidsIn())]).toEqual(await log.uids());
  });

  it('whose folder is gone waits for somebody to look, and loses nothing by it', async () => {
    await deliver(2);
    await rm(dirname(path), { recursive: true });
    await log.grow(2);
    const sinks = await log.open([fileSink()]);
    await isStuck(sinks);
    await mkdir(dirname(path));
    await isSynced(sinks);
    expect(await uidsIn()).toEqual((await log.uids()).slice(2));
  });

  it('gives back what it wrote of lines that did not all fit', async () => {
    await deliver(2);
    const before = await readFile(path, 'utf8');
    const file = await open(path, 'a+');
    const lines = Buffer.from('{"activity_id":1}\n{"activity_id":2}\n');
    const full = Object.assign(new Error('no room'), { code: 'ENOSPC' });
    const once = (allowed: number): Pick<FileHandle, 'stat' | 'write' | 'sync' | 'truncate'> => {
      let left = allowed;
      return {
        stat: file.stat.bind(file),
        sync: file.sync.bind(file),
        truncate: file.truncate.bind(file),
        // Takes a part, as a disk does that has little left, and then nothing.
        write: (async (buffer: Buffer, at: number) => {
          if (left === 0) throw full;
          const taken = await file.write(buffer, at, Math.min(left, buffer.length - at));
          left -= taken.bytesWritten;
          return taken;
        }) as FileHandle['write'],
      };
    };
    for (const allowed of [0, 1, 20, lines.length - 1]) {
      await expect(appendLines(once(allowed), lines)).rejects.toBe(full);
      expect(await readFile(path, 'utf8')).toBe(before);
    }
    await appendLines(once(lines.length), lines);
    expect(await readFile(path, 'utf8')).toBe(before + lines.toString());
    await file.close();
  });

  it('is no device', async () => {
    await log.grow(1);
    const sinks = await log.open([fileSink({ path: '/dev/full' })]);
    await isStuck(sinks);
  });

  it.each([
    ['a link instead of the file', async (other: string) => await symlink(other, path)],
    ['a second name of another file', async (other: string) => await link(other, path)],
    ['a file of somebody else', async () => await writeFile(path, 'precious\n')],
    ['one of somebody else without an end', async () => await writeFile(path, 'precious')],
    ['what somebody else wrote behind ours', async () => await writeFile(path, '{"activity_id":3}\nprecious')],
    ['a folder', async () => await mkdir(path)],
  ])('never touches %s', async (_name, make) => {
    await log.grow(1);
    await mkdir(dirname(path));
    const other = join(log.folder, 'other');
    await writeFile(other, '');
    await make(other);
    const before = await readFile(path, 'utf8').catch(() => null);
    const sinks = await log.open([fileSink()]);
    await isStuck(sinks);
    expect(await sinks.test('local')).toEqual({ ok: false, error: 'not_writable' });
    expect(await readFile(other, 'utf8')).toBe('');
    expect(await readFile(path, 'utf8').catch(() => null)).toBe(before);
  });

  it('follows no link on the way to it', async () => {
    await log.grow(1);
    const real = join(log.folder, 'real');
    await mkdir(real);
    await symlink(real, dirname(path));
    const sinks = await log.open([fileSink()]);
    await isStuck(sinks);
    expect(await readdir(real)).toEqual([]);
  });

  it('takes a test as a line that says so', async () => {
    await log.grow(1);
    const sinks = await log.open([fileSink()]);
    await isSynced(sinks);
    expect(await sinks.test('local')).toEqual({ ok: true, value: null });
    const last = (await lines(path)).at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ metadata: { event_code: TEST_KIND } });
    expect(readRecord(last)).toBeNull();
  });
});
