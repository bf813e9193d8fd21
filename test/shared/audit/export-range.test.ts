// What an export of a time range shows at its edges, and what it does not: with nothing in it, and with pruned records.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TimeRange } from '#shared/audit/export-range.ts';
import type { RangeShown } from '#shared/audit/range-times.ts';
import { sliceExport } from '#shared/audit/slice-export.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { everyMinute, exportLines, MINUTE, pruned, readLog, recordsAt, START_MS, writeLog } from './small-log.ts';

const SIZE = 12;
let root: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  await exportLines(join(root, 'whole'), recordsAt(everyMinute(SIZE)));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const minutes = (from: number | null, until: number | null): TimeRange => ({
  fromMs: from === null ? null : START_MS + from * MINUTE,
  untilMs: until === null ? null : START_MS + until * MINUTE,
});

async function shown(
  range: TimeRange,
  from = 'whole',
): Promise<Omit<RangeShown, keyof TimeRange> & { pruned: number }> {
  const folder = join(root, 'range');
  expect(await sliceExport({ from: join(root, from), folder, range, splits: [] })).toMatchObject({ ok: true });
  const verified = await verifyExport({ folder });
  if (!verified.ok || verified.value.range === null) throw new Error(JSON.stringify(verified));
  const { fromMs, untilMs, ...edges } = verified.value.range;
  expect({ fromMs, untilMs }).toEqual(range);
  return { ...edges, pruned: verified.value.pruned };
}

describe('an export of a time range', () => {
  const outside = { start: 'record_outside', end: 'record_outside', otherTimes: 0, pruned: 0 } as const;

  it('shows the records on either side of it', async () => {
    expect(await shown(minutes(3, 6))).toEqual({ ...outside, first: 3, records: 3 });
  });

  it('needs none where the log itself begins or ends', async () => {
    expect(await shown(minutes(null, 2))).toEqual({ ...outside, start: 'end_of_log', first: 0, records: 2 });
    expect(await shown(minutes(-5, 2))).toEqual({ ...outside, start: 'end_of_log', first: 0, records: 2 });
    expect(await shown(minutes(9, null))).toEqual({ ...outside, end: 'end_of_log', first: 9, records: 3 });
    expect(await shown(minutes(9, 90))).toEqual({ ...outside, end: 'end_of_log', first: 9, records: 3 });
  });

  it('shows that there is nothing in it: within the log, before it and after it', async () => {
    expect(await shown(minutes(3.2, 3.8))).toEqual({ ...outside, first: 4, records: 0 });
    expect(await shown(minutes(-9, -3))).toEqual({ ...outside, start: 'end_of_log', first: 0, records: 0 });
    expect(await shown(minutes(50, 60))).toEqual({ ...outside, end: 'end_of_log', first: SIZE, records: 0 });
  });

  it('counts pruned records, and says that a pruned neighbour shows nothing', async () => {
    await exportLines(join(root, 'pruned'), readLog(join(root, 'whole')));
    const lines = readLog(join(root, 'pruned'));
    writeLog(
      join(root, 'pruned'),
      lines.map((line, at) => (at < 3 || at === 5 ? pruned(line) : line)),
    );
    expect(await shown(minutes(3, 8), 'pruned')).toEqual({
      ...outside,
      first: 3,
      records: 5,
      start: 'not_shown',
      pruned: 2,
    });
    expect(await shown(minutes(3, 5), 'pruned')).toMatchObject({ first: 3, end: 'record_outside', records: 3 });
  });

  it('is cut out of an export of a whole log only', async () => {
    await shown(minutes(3, 6));
    const part = { from: join(root, 'range'), folder: join(root, 'again'), range: minutes(4, 5), splits: [] };
    expect(await sliceExport(part)).toEqual({ ok: false, error: 'not_whole' });
  });
});
