// A log exported from its database alone, whole or by time range, is what anybody can cut out of the whole export, and
// verifies; while its owner has it open, and afterwards.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findLedgerRotations } from '#broker/ledger/key-chain.ts';
import { LEDGER_TABLES } from '#broker/ledger/tables.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { TimeRange } from '#shared/audit/export-range.ts';
import { sliceExport } from '#shared/audit/slice-export.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { Db } from '#shared/log/log-store.ts';
import { exportStored, readStoredLog, type StoredLog } from '#shared/log/stored-export.ts';
import { openReadOnly } from '#shared/store/open-read-only.ts';
import { onSqlite } from '#test/support/test-store.ts';
import { openTestLedger, SEED, type TestLedger } from './open-test-ledger.ts';
import { NOW_MS, numberedEvent } from './sample-events.ts';

/** More than one stored subtree, and not a power of two. */
const SIZE = 300;
const KEPT = 17;
const SECOND = 1000;
/** Most often a second later; now and then the clock was set back or ahead, or two records are of one time. */
const timesMs = Array.from(
  { length: SIZE },
  (_, at) => NOW_MS + SECOND * (at % 50 === 49 ? at - 20 : at % 70 === 69 ? at + 15 : at - (at % 3 === 0 ? 1 : 0)),
);

let root: string;
let opened: TestLedger;
let stored: StoredLog;
let keptCheckpoint: string;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  opened = await openTestLedger(join(root, 'store', 'ledger.db'));
  const events = timesMs.map((atMs, number) => ({ ...numberedEvent(number), atMs }));
  const append = async (from: number, to: number): Promise<void> => {
    await opened.store.transaction(async (tx) => {
      for (const event of events.slice(from, to)) await opened.ledger.append(tx, event);
    });
    await opened.ledger.settled();
  };
  await append(0, KEPT);
  keptCheckpoint = (await opened.ledger.checkpoint()) ?? '';
  await append(KEPT, SIZE);
  await opened.ledger.exportTo(join(root, 'whole'));
  const found = await readStoredLog(place(opened.store.read));
  if (!found.ok) throw new Error(found.error);
  stored = found.value;
});

afterAll(async () => {
  await opened.close();
  rmSync(root, { recursive: true, force: true });
});

/** One a second. */
const events = (from: number, to: number): [LedgerEvent, ...LedgerEvent[]] => {
  const [first, ...more] = Array.from({ length: to - from }, (_, at) => ({
    ...numberedEvent(from + at),
    atMs: NOW_MS + (from + at) * SECOND,
  }));
  if (first === undefined) throw new Error('no events');
  return [first, ...more];
};

const place = (db: Db) => ({ db, tables: LEDGER_TABLES, findRotations: findLedgerRotations });

const files = (folder: string) =>
  ['log.jsonl', 'leaves', 'checkpoint', 'log.pem', 'range.json'].map((file) =>
    readFileSync(join(folder, file)).toString('base64'),
  );
const times = (folder: string): number[] =>
  readFileSync(join(folder, 'log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { time: number }).time);

async function exportRange(folder: string, range: TimeRange | null, splits: readonly number[] = []): Promise<void> {
  await exportStored(place(opened.store.read), stored, { folder, range, splits });
}

const moment = fc.option(fc.integer({ min: -5, max: SIZE + 20 }).map((second) => NOW_MS + second * SECOND));

describe('an export from the database', () => {
  it('needs no private key, and verifies with the key and the checkpoint from outside', async () => {
    expect(stored).toMatchObject({
      size: SIZE,
      origin: opened.ledger.origin,
      fingerprint: opened.ledger.keyFingerprint,
    });
    await exportRange(join(root, 'all'), null);
    const outside = { keyFingerprint: opened.ledger.keyFingerprint, sinceCheckpoint: keptCheckpoint };
    expect(await verifyExport({ folder: join(root, 'all'), ...outside })).toMatchObject({
      ok: true,
      value: { verdict: 'verified', records: SIZE, range: null, continuesOld: true },
    });
    expect(readFileSync(join(root, 'all', 'log.jsonl'))).toEqual(readFileSync(join(root, 'whole', 'log.jsonl')));
  });

  it('of any time range has every record of it, verifies, and is what the whole export gives', async () => {
    const [from, folder] = [join(root, 'whole'), join(root, 'range')];
    await fc.assert(
      fc.asyncProperty(moment, moment, fc.boolean(), async (fromMs, untilMs, comparable) => {
        fc.pre(fromMs === null || untilMs === null || fromMs < untilMs);
        const range = { fromMs, untilMs };
        const splits = comparable ? [KEPT] : [];
        expect(await sliceExport({ from, folder, range, splits })).toMatchObject({ ok: true });
        const sliced = files(folder);
        await exportRange(folder, range, splits);
        expect(files(folder)).toEqual(sliced);
        const verified = await verifyExport({ folder, ...(comparable && { sinceCheckpoint: keptCheckpoint }) });
        if (!verified.ok) throw new Error(JSON.stringify(verified.error));
        const isWithin = (timeMs: number): boolean =>
          (fromMs === null || timeMs >= fromMs) && (untilMs === null || timeMs < untilMs);
        expect(times(folder).filter(isWithin)).toEqual(timesMs.filter(isWithin));
        const { records = -1, otherTimes = -1 } = verified.value.range ?? {};
        expect(records - otherTimes).toBe(timesMs.filter(isWithin).length);
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  it('of a time range costs the few hashes around it, however long the log is', async () => {
    const folder = join(root, 'one');
    await exportRange(folder, { fromMs: NOW_MS + 100 * SECOND, untilMs: NOW_MS + 101 * SECOND });
    const { before, after } = JSON.parse(readFileSync(join(folder, 'range.json'), 'utf8')) as Record<string, unknown[]>;
    expect((before ?? []).length + (after ?? []).length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(SIZE)));
  });

  it('of a part is not said to continue a checkpoint that it cannot be compared with', async () => {
    const folder = join(root, 'part');
    await exportRange(folder, { fromMs: NOW_MS + 100 * SECOND, untilMs: NOW_MS + 120 * SECOND });
    expect(await verifyExport({ folder, sinceCheckpoint: keptCheckpoint })).toEqual({
      ok: false,
      error: { code: 'old_not_covered', oldSize: KEPT },
    });
  });

  onSqlite(it)('reads beside its owner, and what its owner left', async () => {
    const path = join(root, 'left', 'ledger.db');
    const owner = await openTestLedger(path);
    await owner.store.transaction((tx) => owner.ledger.append(tx, numberedEvent(1)));
    await owner.ledger.settled();
    const sizes: number[] = [];
    const look = async (): Promise<void> => {
      const db = openReadOnly({ kind: 'sqlite', path });
      const found = await readStoredLog(place(db));
      if (!found.ok) throw new Error(found.error);
      sizes.push(found.value.size);
      await exportStored(place(db), found.value, { folder: join(root, 'beside'), range: null, splits: [] });
      expect(await verifyExport({ folder: join(root, 'beside') })).toMatchObject({ ok: true });
      await db.destroy();
    };
    await look();
    await owner.store.transaction((tx) => owner.ledger.append(tx, numberedEvent(2)));
    await owner.ledger.settled();
    await owner.close();
    await look();
    expect(sizes).toEqual([1, 2]);
  });

  it('is refused without the public key, and for one that is not the log’s', async () => {
    await opened.store.transaction((tx) => tx.updateTable('ledger_state').set({ public_key: null }).execute());
    const { read } = opened.store;
    expect(await readStoredLog(place(read))).toEqual({ ok: false, error: 'no_public_key' });
    expect(await readStoredLog(place(read), stored.publicKeyPem)).toMatchObject({ ok: true });
    await opened.store.transaction((tx) => tx.updateTable('ledger_state').set({ public_key: 'another' }).execute());
    expect(await readStoredLog(place(read))).toEqual({ ok: false, error: 'no_public_key' });
  });

  it('of a part of a log whose key was changed shows each change, to who knows the earlier key', async () => {
    const path = join(root, 'changed', 'ledger.db');
    const earlier = await openTestLedger(path);
    await earlier.store.transaction((tx) => earlier.ledger.append(tx, ...events(0, 20)));
    await earlier.ledger.settled();
    await earlier.close();
    const later = await openTestLedger(path, { ledgerSeed: new Uint8Array(32).fill(8), previousSeeds: [SEED] });
    await later.store.transaction((tx) => later.ledger.append(tx, ...events(100, 120)));
    await later.ledger.settled();
    const log = await readStoredLog(place(later.store.read));
    if (!log.ok) throw new Error(log.error);
    const [folder, again] = [join(root, 'changed-part'), join(root, 'changed-cut')];
    const range = { fromMs: NOW_MS + 5 * SECOND, untilMs: NOW_MS + 9 * SECOND };
    await exportStored(place(later.store.read), log.value, { folder, range, splits: [] });
    await later.ledger.exportTo(join(root, 'changed-whole'));
    await later.close();
    await sliceExport({ from: join(root, 'changed-whole'), folder: again, range, splits: [] });
    expect(files(again)).toEqual(files(folder));
    expect(await verifyExport({ folder, keyFingerprint: earlier.ledger.keyFingerprint })).toMatchObject({
      ok: true,
      value: { verdict: 'verified', keyChanges: 1, range: { records: 4 } },
    });
    const claims = JSON.parse(readFileSync(join(folder, 'range.json'), 'utf8')) as { splits: unknown };
    writeFileSync(join(folder, 'range.json'), JSON.stringify({ ...claims, splits: [] }));
    expect(await verifyExport({ folder })).toEqual({ ok: false, error: { code: 'bad_range' } });
  });
});
