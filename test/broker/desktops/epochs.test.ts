// Which batch may begin an epoch of a desktop's log: every condition by itself.
import { describe, expect, it } from 'vitest';
import { opensEpoch } from '#broker/desktops/epochs.ts';
import type { Batch } from '#broker/desktops/read-batch.ts';
import type { StoredHead } from '#broker/desktops/stored-log.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

const origin = `daypass.desktop/${'a'.repeat(43)}`;
const root = Buffer.alloc(32, 1).toString('base64');
const newest: StoredHead = { epoch: 3, size: 7, root, checkpoint: '' };
const said = {
  code: 'restored',
  previousOrigin: origin,
  previousEpoch: 3,
  witnessed: { size: 7, root },
  carried: 0,
} as const;

function batchOf(data: object = {}, over: Partial<Batch> = {}): Batch {
  const event = { ...OUTBOX_SAMPLES['epoch.opened'], data: { ...said, ...data } };
  const parts = { uid: 'evt_x', salt: 's', sealed: null };
  const canonical = placeRecord(unplacedRecord(event, { origin, epoch: 4, bootId: 'boot' }, parts), 0);
  const leaf = leafHash(Buffer.from(canonical));
  const signed = { size: 1, root: leaf, checkpoint: '', consistency: [] };
  return { origin, epoch: 4, firstSeq: 0, records: [{ canonical, leaf, subject: null }], ...signed, ...over };
}

describe('an epoch of a desktop’s log', () => {
  it('begins with a record that names what was accepted of the one before, or with the log', () => {
    expect(opensEpoch(batchOf(), newest)).toBe(true);
    // One that was lost here may lie between.
    expect(opensEpoch(batchOf({}, { epoch: 6 }), newest)).toBe(true);
    expect(opensEpoch(batchOf({ previousEpoch: 9 }), null)).toBe(true);
  });

  it.each<[string, Batch]>([
    ['in its midst', batchOf({}, { firstSeq: 1 })],
    ['again', batchOf({}, { epoch: 3 })],
    ['before the newest', batchOf({}, { epoch: 2 })],
    ['after another log', batchOf({ previousOrigin: `daypass.desktop/${'b'.repeat(43)}` })],
    ['after another epoch', batchOf({ previousEpoch: 2 })],
    ['after more than was accepted', batchOf({ witnessed: { size: 8, root } })],
    ['after another tree', batchOf({ witnessed: { size: 7, root: Buffer.alloc(32).toString('base64') } })],
    [
      'without saying after what',
      batchOf({}, { records: [{ canonical: '{}', leaf: Buffer.alloc(32), subject: null }] }),
    ],
  ])('does not begin %s', (_what, batch) => {
    expect(opensEpoch(batch, newest)).toBe(false);
  });

  it('does not begin in its midst either where nothing is known', () => {
    expect(opensEpoch(batchOf({}, { firstSeq: 1 }), null)).toBe(false);
  });
});
