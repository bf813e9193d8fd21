// An export of a ledger that went on under another name after a restore: each name must follow the one before, announced
// by a record that names the tree that it follows. All of these are signed: it is what somebody with the key could do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lineOf, writeExport } from '#shared/audit/export.ts';
import { appendLeaves, EMPTY_FRONTIER, leafHash, rootOf } from '#shared/audit/merkle.ts';
import { placeRecord, unplacedRecord } from '#shared/audit/record.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { AuditData } from '#shared/domain/audit-event.ts';
import { SAMPLES } from '#test/broker/ledger/sample-events.ts';
import { checkpointOf, everyMinute, MINUTE, ORIGIN, OWNER, recordsAt, START_MS } from './small-log.ts';

const LATER = `${ORIGIN}/2.AAAAAAAA`;
const BEFORE = recordsAt(everyMinute(3));
const rootOfLines = (lines: readonly string[]): string =>
  rootOf(
    appendLeaves(
      EMPTY_FRONTIER,
      lines.map((line) => leafHash(Buffer.from(line))),
    ),
  ).toString('base64');

let root: string;
let exports = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'daypass-epochs-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Over = {
  readonly data?: Partial<AuditData['ledger.epoch_opened']>;
  readonly origin?: string;
  readonly epoch?: number;
};

/** The record that opens the epoch after `before`, and one more. */
function opened({ data, origin = LATER, epoch = 2 }: Over = {}, before: readonly string[] = BEFORE): string[] {
  const source = { origin, epoch, bootId: 'boot_2' };
  const kept = { size: before.length, root: rootOfLines(before) };
  const at = (index: number) => ({ atMs: START_MS + (before.length + index) * MINUTE });
  const parts = (index: number) => ({ uid: `evt_later_${index}`, salt: 'c2FsdHNhbHRzYWx0c2FsdA', sealed: null });
  const sample = SAMPLES['ledger.epoch_opened'];
  const said = { ...sample.data, previousOrigin: ORIGIN, previousEpoch: 1, kept, lastKnown: kept, ...data };
  return [
    ...before,
    placeRecord(unplacedRecord({ ...sample, ...at(0), data: said }, source, parts(0)), before.length),
    placeRecord(unplacedRecord({ ...SAMPLES['ledger.heartbeat'], ...at(1) }, source, parts(1)), before.length + 1),
  ];
}

async function verify(lines: readonly string[], name = LATER, oldName = ORIGIN) {
  exports += 1;
  const folder = join(root, String(exports));
  const checkpoint = checkpointOf(lines, OWNER, name);
  async function* pages() {
    yield await Promise.resolve(lines.map(lineOf));
  }
  await writeExport({ folder, lines: pages(), checkpoint, publicKeyPem: OWNER.publicKey.pem });
  const sinceCheckpoint = checkpointOf(lines.slice(0, 2), OWNER, oldName);
  return await verifyExport({ folder, keyFingerprint: OWNER.publicKey.fingerprint, sinceCheckpoint });
}
const bad = (record: number, reason: string) => ({ ok: false, error: { code: 'bad_record', record, reason } });

describe('an export over a restore', () => {
  it('is verified under its later name, as what continues a checkpoint of its first', async () => {
    expect(await verify(opened())).toMatchObject({
      ok: true,
      value: { records: 5, origin: LATER, continuesOld: true },
    });
  });

  it.each<[string, () => readonly string[], ReturnType<typeof bad>]>([
    [
      'whose announcement is of another tree',
      () => opened({ data: { kept: { size: 3, root: rootOfLines(BEFORE.slice(1)) } } }),
      bad(3, 'wrong_origin'),
    ],
    [
      'whose announcement is of another place',
      () => opened({ data: { kept: { size: 2, root: rootOfLines(BEFORE) } } }),
      bad(3, 'wrong_origin'),
    ],
    [
      'whose announcement follows another name',
      () => opened({ data: { previousOrigin: `${ORIGIN}x` } }),
      bad(3, 'wrong_origin'),
    ],
    ['whose announcement follows another epoch', () => opened({ data: { previousEpoch: 7 } }), bad(3, 'wrong_origin')],
    ['whose epoch is no later one', () => opened({ epoch: 1 }), bad(3, 'wrong_origin')],
    [
      'that announces nothing',
      () =>
        opened()
          .toSpliced(3, 1)
          .map((line, at) => line.replace('"sequence":4', `"sequence":${at}`)),
      bad(3, 'wrong_origin'),
    ],
    [
      'that announces it by another kind of record',
      () => opened().map((line) => line.replaceAll('ledger.epoch_opened', 'ledger.heartbeat')),
      bad(3, 'wrong_origin'),
    ],
    [
      'that begins as another log',
      () => BEFORE.map((line) => line.replaceAll(ORIGIN, 'daypass.ledger/other')),
      bad(0, 'wrong_origin'),
    ],
    [
      'that begins under a later name than it ends',
      () => BEFORE.map((line) => line.replaceAll(ORIGIN, `${ORIGIN}/3.BBBBBBBB`)),
      bad(0, 'wrong_origin'),
    ],
    ['that never came to the name that is signed', () => BEFORE, bad(2, 'wrong_origin')],
    [
      'with a record of two names',
      () => opened().with(1, (BEFORE[1] ?? '').replace(`"log_name":"${ORIGIN}"`, `"log_name":"${LATER}"`)),
      bad(1, 'wrong_origin'),
    ],
    ['with a leaf that is no hash', () => opened().with(1, '{"leaf":"AAAA"}'), bad(1, 'bad_pruned_leaf')],
  ])('is refused %s', async (_what, lines, refused) => {
    expect(await verify(lines())).toMatchObject(refused);
  });

  it('is refused when its name stays and its epoch does not', async () => {
    const lines = opened({ origin: ORIGIN });
    expect(await verify(lines, ORIGIN)).toMatchObject(bad(3, 'wrong_epoch'));
  });

  it('does not continue a checkpoint of a name that it never had', async () => {
    const never = await verify(opened(), LATER, `${ORIGIN}/1.BBBBBBBB`);
    expect(never).toMatchObject({ ok: false, error: { code: 'another_origin_than_before' } });
  });
});
