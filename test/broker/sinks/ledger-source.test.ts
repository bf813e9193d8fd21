// A cursor that is kept elsewhere than the ledger may be of an epoch that was left: nothing after it is skipped.
import { describe, expect, it } from 'vitest';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import type { LogRecord, RecordFilter } from '#shared/log/log.ts';
import { ledgerSource } from '#broker/sinks/ledger-source.ts';
import { SAMPLES } from '../ledger/sample-events.ts';

/** So many records of each epoch; each but the first begins with what opens it. */
function ledgerOf(sizes: readonly number[]) {
  const records: LogRecord[] = [];
  for (const [index, size] of sizes.entries()) {
    for (let count = 0; count < size; count += 1) {
      const event = index > 0 && count === 0 ? SAMPLES['ledger.epoch_opened'] : SAMPLES['broker.started'];
      const sequence = records.length;
      const source = { origin: `daypass.ledger/k/${index + 1}`, epoch: index + 1, bootId: 'boot' };
      const parts = { uid: `evt_${sequence}`, salt: 'salt', sealed: null };
      const canonical = placeRecord(unplacedRecord(event, source, parts), sequence);
      const { kind, atMs, actor, subject, resource, requestId, grantId } = event;
      records.push({ sequence, kind, atMs, actor, subject, resource, requestId, grantId, canonical });
    }
  }
  return {
    epoch: sizes.length,
    countAfter: (after: number) => Promise.resolve(records.filter(({ sequence }) => sequence > after).length),
    records: ({ afterSequence = -1, kinds, limit }: RecordFilter) =>
      Promise.resolve(
        records
          .filter(({ sequence, kind }) => sequence > afterSequence && (kinds === undefined || kinds.includes(kind)))
          .slice(0, limit),
      ),
    checkpoint: () => Promise.resolve(null),
    subscribe: () => () => undefined,
  };
}

const cursor = (epoch: number, sequence: number) => ({ origin: `daypass.ledger/k/${epoch}`, epoch, sequence });

describe('the ledger as a source', () => {
  // Epochs 1: 0–3, 2: 4–6, 3: 7–8.
  const source = ledgerSource(ledgerOf([4, 3, 2]));

  it.each([
    ['no cursor', null, 0],
    ['the last epoch', cursor(3, 7), 8],
    ['an earlier place of the first epoch', cursor(1, 1), 2],
    ['the end of what is kept of the first epoch', cursor(1, 3), 4],
    ['what the first epoch had and the backup has not', cursor(1, 8), 4],
    ['what the second epoch had and its backup has not', cursor(2, 8), 7],
    ['the end of the second epoch', cursor(2, 6), 7],
    ['the end', cursor(3, 8), 9],
  ])('from %s goes on where nothing is skipped', async (_name, from, first) => {
    const found = await source.after(from, 100);
    expect(found.map(({ at }) => at.sequence)).toEqual(Array.from({ length: 9 - first }, (_, index) => first + index));
    expect(await source.countAfter(from)).toBe(9 - first);
    if (first < 9) expect((await source.after(from, 1)).map(({ uid }) => uid)).toEqual([`evt_${first}`]);
  });

  it('names the epoch of each record, and finds one at its place', async () => {
    expect((await source.after(null, 100)).map(({ at }) => at.epoch)).toEqual([1, 1, 1, 1, 2, 2, 2, 3, 3]);
    expect(await source.at(cursor(1, 5))).toMatchObject({ uid: 'evt_5', at: cursor(2, 5) });
    expect(await source.at(cursor(3, 9))).toBeNull();
  });
});
