import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOutbox } from '#electron/agent/outbox/open-outbox.ts';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { canonicalJson } from '#shared/audit/canonical.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { numberedOutboxEvent, OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';
import {
  anotherSigner,
  NOW_MS,
  appendNumbered,
  numbersIn,
  openTestOutbox,
  rowCount,
  SIGNER,
  type TestOutbox,
} from './open-test-outbox.ts';

let folder: string;
let path: string;
const open: TestOutbox[] = [];

async function openHere(options?: Parameters<typeof openTestOutbox>[1]): Promise<TestOutbox> {
  const opened = await openTestOutbox(path, options);
  open.push(opened);
  return opened;
}

async function closeAll(): Promise<void> {
  for (const { close } of open.splice(0)) await close();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  path = join(folder, 'agent.db');
});

afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

const ORIGIN = outboxOrigin(SIGNER.publicKey.thumbprint);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('append', () => {
  it('is durable with the caller’s transaction, and gone with it', async () => {
    const opened = await openHere();
    await appendNumbered(opened, 0, 3);
    await expect(
      opened.store.transaction(async (tx) => {
        await tx.insertInto('copies').values({ id: 'lost' }).execute();
        await opened.outbox.append(tx, numberedOutboxEvent(99));
        throw new Error('refused');
      }),
    ).rejects.toThrow('refused');
    await opened.outbox.log()?.settled();
    expect(await numbersIn(opened)).toEqual([0, 1, 2]);
    expect(await rowCount(opened.store, 'copies')).toBe(3);
  });

  it('puts every kind into the log of the device, under a checkpoint of the device key', async () => {
    const { store, outbox } = await openHere();
    const samples = Object.values(OUTBOX_SAMPLES);
    for (const event of samples) await store.transaction((tx) => outbox.append(tx, event));
    expect(await outbox.log()?.settled()).toBe(samples.length);
    const records = (await outbox.log()?.records({ limit: 100 })) ?? [];
    expect(records.map(({ kind, actor }) => [kind, actor])).toEqual(samples.map(({ kind, actor }) => [kind, actor]));
    const checkpoint = openCheckpoint((await outbox.log()?.checkpoint()) ?? '', SIGNER.publicKey);
    expect(checkpoint).toMatchObject({ ok: true, value: { origin: ORIGIN, size: samples.length } });
  });

  it('gives the newest first to who shows them', async () => {
    const opened = await openHere();
    await appendNumbered(opened, 0, 5);
    const newest = await opened.outbox.log()?.records({ limit: 2, newestFirst: true, beforeSequence: 4 });
    expect(newest?.map(({ sequence }) => sequence)).toEqual([3, 2]);
  });
});

describe('without the device key', () => {
  it('takes records in durably, and signs them when the key is there, in the order of writing', async () => {
    const waiting = await openHere({ signer: null });
    await appendNumbered(waiting, 0, 3);
    expect(waiting.outbox.log()).toBeNull();
    expect(await waiting.outbox.records()).toBe(3);
    await expect(waiting.outbox.exportTo(join(folder, 'out'))).rejects.toThrow('device key');
    await closeAll();

    const again = await openHere({ signer: null });
    await appendNumbered(again, 3, 5);
    await again.outbox.useKey(SIGNER);
    await appendNumbered(again, 5, 7);
    expect(await numbersIn(again)).toEqual(upTo(7));
    expect(await again.outbox.records()).toBe(7);
    for (const { canonical } of (await again.outbox.log()?.records({ limit: 10 })) ?? []) {
      expect(readRecord(canonical)).toMatchObject({ origin: ORIGIN, logName: ORIGIN, epoch: 1 });
      expect(canonicalJson(JSON.parse(canonical))).toBe(canonical);
    }
  });

  it('goes on in the log that it has when the key comes back', async () => {
    await appendNumbered(await openHere(), 0, 3);
    await closeAll();
    const opened = await openHere({ signer: null });
    await appendNumbered(opened, 3, 6);
    await opened.outbox.useKey(SIGNER);
    expect(await numbersIn(opened)).toEqual(upTo(6));
    expect(await rowCount(opened.store, 'outbox_old_epochs')).toBe(0);
  });

  it('loses and doubles nothing of what is written while the key comes', async () => {
    const opened = await openHere({ signer: null });
    await appendNumbered(opened, 0, 50);
    const writing = Promise.all(
      upTo(200).map((index) =>
        opened.store.transaction((tx) => opened.outbox.append(tx, numberedOutboxEvent(50 + index))),
      ),
    );
    await opened.outbox.useKey(SIGNER);
    await writing;
    await opened.outbox.log()?.settled();
    expect(await numbersIn(opened)).toEqual(upTo(250));
    expect(await rowCount(opened.store, 'outbox_intake')).toBe(0);
  });
});

describe('a record that is written just before the log is open', () => {
  it('is in the log without waiting for another one', async () => {
    const opened = await openHere({ signer: null });
    await appendNumbered(opened, 0, 2);
    await opened.outbox.close();
    let isIn = false;
    const late: typeof opened.store = {
      ...opened.store,
      transaction: async (work) => {
        const done = await opened.store.transaction(work);
        // A step of the sequencer, while nobody has the log yet.
        if (!isIn && typeof done === 'object' && done !== null && 'sequenced' in done) {
          isIn = true;
          await opened.store.transaction((tx) => outbox.append(tx, numberedOutboxEvent(2)));
        }
        return done;
      },
    };
    const outbox = await openOutbox({ store: late, clock: { now: () => NOW_MS }, bootId: 'boot', signer: null });
    await outbox.useKey(SIGNER);
    expect(isIn).toBe(true);
    expect(await numbersIn({ outbox })).toEqual([0, 1, 2]);
    expect(await rowCount(opened.store, 'outbox_intake')).toBe(0);
    await outbox.close();
  });
});

describe('another device key', () => {
  it('opens a log of its own that names the one before, and owes what nobody is known to have witnessed', async () => {
    await appendNumbered(await openHere(), 0, 4);
    await closeAll();
    const signer = anotherSigner();
    const opened = await openHere({ signer });
    await appendNumbered(opened, 4, 6);
    const [first] = (await opened.outbox.log()?.records({ limit: 1 })) ?? [];
    expect(JSON.parse(first?.canonical ?? '{}').unmapped).toMatchObject({
      origin: outboxOrigin(signer.publicKey.thumbprint),
      data: { code: 'new_key', previousOrigin: ORIGIN, previousEpoch: 1, carried: 0, witnessed: { size: 0 } },
    });
    // Whether the receiver has them is not known yet.
    expect(await numbersIn(opened)).toEqual([4, 5]);
    expect(await opened.outbox.records()).toBe(3 + 4);
    expect(await rowCount(opened.store, 'outbox_old_records')).toBe(4);
    await opened.outbox.exportTo(join(folder, 'out'));
    const verified = await verifyExport({ folder: join(folder, 'out'), keyFingerprint: signer.publicKey.fingerprint });
    expect(verified).toMatchObject({ ok: true, value: { records: 3 } });
  });
});

describe('openEpoch', () => {
  it('keeps the old epoch, names what was witnessed, and carries the rest', async () => {
    const opened = await openHere();
    await appendNumbered(opened, 0, 10);
    const witnessed = { epoch: 1, size: 6, root: Buffer.alloc(32, 1).toString('base64') };
    const carryFrom = { epoch: 1, sequence: 6 };
    await opened.outbox.openEpoch({ code: 'forked', epoch: 2, witnessed, carryFrom, except: new Set() });
    await appendNumbered(opened, 10, 12);
    expect(await numbersIn(opened)).toEqual([6, 7, 8, 9, 10, 11]);
    expect(opened.outbox.log()?.epoch).toBe(2);
    expect(await rowCount(opened.store, 'outbox_old_records')).toBe(10);
    await closeAll();
    const again = await openHere();
    expect(again.outbox.log()?.epoch).toBe(2);
    expect(await again.outbox.records()).toBe(7);
  });

  it('keeps the ids of carried records, so that whoever has both knows them', async () => {
    const opened = await openHere();
    await appendNumbered(opened, 0, 2);
    const uids = async (): Promise<string[]> =>
      ((await opened.outbox.log()?.records({ limit: 10 })) ?? []).map(
        ({ canonical }) => readRecord(canonical)?.uid ?? '',
      );
    const before = await uids();
    const witnessed = { epoch: 1, size: 0, root: '' };
    const carryFrom = { epoch: 1, sequence: 0 };
    await opened.outbox.openEpoch({ code: 'restored', epoch: 2, witnessed, carryFrom, except: new Set() });
    expect((await uids()).slice(1)).toEqual(before);
    // Once more, from the first epoch: nothing is carried twice, and not what the receiver has.
    const except = new Set(before.slice(0, 1));
    await opened.outbox.openEpoch({ code: 'restored', epoch: 3, witnessed, carryFrom, except });
    const third = await uids();
    expect(third).toHaveLength(3);
    expect(third).toContain(before[1]);
    expect(new Set(third).size).toBe(3);
  });

  it('carries in the order of writing what stands in two branches of an epoch', async () => {
    const opened = await openHere();
    await appendNumbered(opened, 0, 6);
    const witnessed = { epoch: 1, size: 0, root: '' };
    const all = { code: 'forked', witnessed, except: new Set<string>() } as const;
    await opened.outbox.openEpoch({ ...all, epoch: 2, carryFrom: { epoch: 1, sequence: 0 } });
    await appendNumbered(opened, 6, 8);
    // The receiver's first epoch is another one than ours: its length says nothing of which of our records it has.
    await opened.outbox.openEpoch({ ...all, epoch: 3, carryFrom: { epoch: 1, sequence: 3 } });
    expect(await numbersIn(opened)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('a log that was changed outside of the program', () => {
  it('is refused at the start', async () => {
    await appendNumbered(await openHere(), 0, 5);
    await closeAll();
    const raw = new DatabaseSync(path);
    raw.exec("update outbox_records set canonical = replace(canonical, 'crd_3', 'crd_4') where sequence = 3");
    raw.close();
    await expect(openTestOutbox(path)).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('exportTo', () => {
  it('writes what an outsider verifies with OpenSSL and Python alone', async () => {
    const opened = await openHere();
    await appendNumbered(opened, 0, 40);
    const earlier = (await opened.outbox.log()?.checkpoint()) ?? '';
    await appendNumbered(opened, 40, 60);
    const out = join(folder, 'out');
    expect(await opened.outbox.exportTo(out)).toBe(60);
    writeFileSync(join(folder, 'earlier'), earlier);
    const script = ['docs/verify-export.sh', out, SIGNER.publicKey.fingerprint, join(folder, 'earlier')];
    const said = execFileSync('bash', script, { encoding: 'utf8' });
    expect(said.trim()).toBe(`verified 60 records of ${ORIGIN}`);
  });
});

describe('the device key', () => {
  it('signs the outbox as it signs its calls', async () => {
    const key = await createDeviceKey({ extractable: true });
    expect(deviceSigner(key).publicKey.thumbprint).toBe(key.device);
    const other = await createDeviceKey();
    expect(() => deviceSigner({ ...key, device: other.device })).toThrow('named');
  });
});
