import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import { openTestLedger, type TestLedger } from './open-test-ledger.ts';
import { NOW_MS, numberedEvent, SAMPLES } from './sample-events.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-odd-'));
let opened: TestLedger | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Appends the events in transactions of their own, opens the log anew, and gives it back: what was written is read. */
async function recorded(file: string, ...events: readonly LedgerEvent[]) {
  const path = join(folder, `${file}.db`);
  const { store, ledger, close } = await openTestLedger(path);
  for (const event of events) await store.transaction((tx) => ledger.append(tx, event));
  await ledger.settled();
  await close();
  opened = await openTestLedger(path);
  return await opened.ledger.records({ limit: 100 });
}

describe('the ledger records', () => {
  it('a moment between two milliseconds as the earlier of them, also before 1970', async () => {
    const at = (atMs: number): LedgerEvent => ({ ...numberedEvent(1), atMs });
    const records = await recorded('times', at(NOW_MS + 0.75), at(-1.5), at(0));
    expect(records.map(({ atMs }) => atMs)).toEqual([NOW_MS, -2, 0]);
    expect(records.map(({ canonical }) => JSON.parse(canonical).time)).toEqual([NOW_MS, -2, 0]);
  });

  it('ids and numbers of any kind as they are', async () => {
    const odd = { ...SAMPLES['key.retired'], data: { keyId: '\u0000"\\\u2028 ☃ 🦓 ","sequence":7' } };
    const large = {
      ...SAMPLES['use.finished'],
      data: { ...SAMPLES['use.finished'].data, bytesOut: 2 ** 60, bytesIn: 1e-7 },
    };
    const records = await recorded('values', odd, large);
    expect(records.map(({ canonical }) => JSON.parse(canonical).unmapped.data)).toEqual([odd.data, large.data]);
    const out = join(folder, 'values');
    await opened?.ledger.exportTo(out);
    expect(await verifyExport({ folder: out })).toMatchObject({ ok: true });
  });

  it('a change of thousands of entries, which an export shows and proves', async () => {
    const changed = SAMPLES['config.changed'];
    const added = Array.from({ length: 5000 }, (_, index) => `dataset:name-${index}`);
    await recorded('large', { ...changed, data: { ...changed.data, added } });
    const out = join(folder, 'large');
    await opened?.ledger.exportTo(out);
    expect(await verifyExport({ folder: out })).toMatchObject({ ok: true });
  });

  it('nothing of what JSON cannot say, and the transaction goes on without it', async () => {
    opened = await openTestLedger();
    const { store, ledger } = opened;
    const broken = (keyId: string): LedgerEvent => ({ ...SAMPLES['key.retired'], data: { keyId } });
    await store.transaction(async (tx) => {
      await expect(ledger.append(tx, numberedEvent(1), broken('half a character: \ud800'))).rejects.toThrow();
      await expect(ledger.append(tx, { ...numberedEvent(2), atMs: Number.NaN })).rejects.toThrow();
      await expect(ledger.append(tx, broken('k'.repeat(9000)))).rejects.toThrow('over the limit');
      await ledger.append(tx, numberedEvent(3));
    });
    expect((await ledger.records({ limit: 10 })).map(({ canonical }) => /use_\d/.exec(canonical)?.[0])).toEqual([
      'use_3',
    ]);
  });

  it('no kind at all, when asked for none', async () => {
    expect(await recorded('kinds', numberedEvent(1))).toHaveLength(1);
    expect(await opened?.ledger.records({ limit: 10, kinds: [] })).toEqual([]);
  });
});
