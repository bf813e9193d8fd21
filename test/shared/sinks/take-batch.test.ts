import { describe, expect, it } from 'vitest';
import type { SourcedRecord } from '#shared/sinks/sinks.ts';
import { takeBatch } from '#shared/sinks/take-batch.ts';

const record = (sequence: number, bytes: number, epoch = 1): SourcedRecord => ({
  at: { origin: `log/${epoch}`, epoch, sequence },
  uid: `evt_${sequence}`,
  canonical: 'x'.repeat(bytes - 1),
});
const take = async (records: readonly SourcedRecord[], most: { records: number; bytes: number }) =>
  (await takeBatch({ after: (_cursor, limit) => Promise.resolve(records.slice(0, limit)) }, null, most)).map(
    ({ at }) => at.sequence,
  );

describe('a batch', () => {
  it('has no more records and bytes than one delivery may have', async () => {
    const records = [record(0, 100), record(1, 100), record(2, 100), record(3, 100)];
    expect(await take(records, { records: 3, bytes: 1000 })).toEqual([0, 1, 2]);
    expect(await take(records, { records: 9, bytes: 200 })).toEqual([0, 1]);
    expect(await take(records, { records: 9, bytes: 199 })).toEqual([0]);
    expect(await take([], { records: 9, bytes: 199 })).toEqual([]);
  });

  it('has one that alone is larger: it would wait for ever', async () => {
    expect(await take([record(0, 900), record(1, 10)], { records: 9, bytes: 100 })).toEqual([0]);
  });

  it('is of one epoch', async () => {
    expect(await take([record(0, 10), record(1, 10, 2), record(2, 10, 2)], { records: 9, bytes: 100 })).toEqual([0]);
  });
});
