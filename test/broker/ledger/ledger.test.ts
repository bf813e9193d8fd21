import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '#broker/ledger/create-ledger.ts';
import { eraseSubject } from '#broker/ledger/personal-keys.ts';
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner } from '#shared/audit/log-key.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { LogError } from '#shared/log/log-error.ts';
import { verifyConsistency, verifyInclusion } from '#shared/audit/proof.ts';
import { RecordTooLarge } from '#shared/audit/record.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { ERASURE_KEY, openLedgerStore, openTestLedger, SEED, type TestLedger } from './open-test-ledger.ts';
import { ALL_SAMPLES, NOW_MS, numberedEvent, SAMPLES } from './sample-events.ts';
import { isOnPostgres, onSqlite } from '#test/support/test-store.ts';

let folder: string;
let path: string;
const open: TestLedger[] = [];

async function openHere(options?: Parameters<typeof openTestLedger>[1]): Promise<TestLedger> {
  const opened = await openTestLedger(path, options);
  open.push(opened);
  return opened;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-test-'));
  path = join(folder, 'broker.db');
});

afterEach(async () => {
  for (const { close } of open.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function append({ store, ledger }: TestLedger, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  await Promise.all(numbers.map((number) => store.transaction((tx) => ledger.append(tx, numberedEvent(number)))));
  await ledger.settled();
}

function rootAt(note: string | null, size: number): Buffer {
  const checkpoint = openCheckpoint(note ?? '', logSigner(SEED).publicKey);
  if (!checkpoint.ok || checkpoint.value.size !== size) throw new Error('no such checkpoint');
  return checkpoint.value.root;
}

const bytes = (hashes: readonly string[] | null): Buffer[] => (hashes ?? []).map((hash) => Buffer.from(hash, 'base64'));

describe('append', () => {
  it('puts every kind into the log in the order of commit, under a checkpoint of the ledger key', async () => {
    const { store, ledger } = await openHere();
    for (const event of ALL_SAMPLES) await store.transaction((tx) => ledger.append(tx, event));
    expect(await ledger.settled()).toBe(ALL_SAMPLES.length);
    const records = await ledger.records({ limit: 100 });
    expect(records.map((record) => record.kind)).toEqual(ALL_SAMPLES.map((event) => event.kind));
    expect(records.map((record) => record.sequence)).toEqual(ALL_SAMPLES.map((_, index) => index));
    rootAt(await ledger.checkpoint(), ALL_SAMPLES.length);
    expect(ledger.origin).toBe(`daypass.ledger/${logSigner(SEED).publicKey.thumbprint}`);
  });

  it('leaves no record of a transaction that was rolled back, and none missing of those around it', async () => {
    const { store, ledger } = await openHere();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), async (fates) => {
        const before = await ledger.settled();
        await Promise.allSettled(
          fates.map((fails, index) =>
            store.transaction(async (tx) => {
              await ledger.append(tx, numberedEvent(index));
              await ledger.append(tx, numberedEvent(index));
              if (fails) throw new Error('refused');
            }),
          ),
        );
        const after = await ledger.settled();
        const added = await ledger.records({ afterSequence: before - 1, limit: 100 });
        const useIds = added.map((record) => String(JSON.parse(record.canonical).unmapped.data.useId));
        const kept = fates.flatMap((fails, index) => (fails ? [] : [`use_${index}`, `use_${index}`]));
        // On PostgreSQL they run at the same time: any order will do.
        expect(isOnPostgres() ? useIds.toSorted() : useIds).toEqual(isOnPostgres() ? kept.toSorted() : kept);
        expect(after - before).toBe(added.length);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses a record over 8 KiB without losing the transaction', async () => {
    const { store, ledger } = await openHere();
    const huge = { ...SAMPLES['key.retired'], data: { keyId: 'k'.repeat(9000) } };
    await store.transaction(async (tx) => {
      await expect(ledger.append(tx, huge)).rejects.toThrow(RecordTooLarge);
      await ledger.append(tx, numberedEvent(1));
    });
    expect(await ledger.settled()).toBe(1);
  });

  it('tells subscribers up to where records are readable, until they stop listening', async () => {
    const opened = await openHere();
    const heard: number[] = [];
    const stop = opened.ledger.subscribe((last) => heard.push(last));
    await append(opened, 0, 3);
    stop();
    await append(opened, 3, 5);
    expect(heard.at(-1)).toBe(2);
  });

  it('gives every record its own salt and id', async () => {
    const opened = await openHere();
    await append(opened, 0, 600);
    const records = (await opened.ledger.records({ limit: 1000 })).map((record) => JSON.parse(record.canonical));
    expect(new Set(records.map((record) => record.unmapped.salt)).size).toBe(600);
    expect(new Set(records.map((record) => record.metadata.uid)).size).toBe(600);
    for (const record of records) expect(Buffer.from(record.unmapped.salt, 'base64url')).toHaveLength(16);
  });

  // There is nothing to sequence at the start of a log that others write to.
  onSqlite(it)('is retried for ever when the database fails, and nothing is lost or doubled', async () => {
    const store = await openLedgerStore(path);
    const troubles: unknown[] = [];
    let failures = 0;
    const failing = {
      ...store,
      // Every sequencing transaction fails three times; those of the callers do not.
      transaction: ((work) =>
        store.transaction(async (tx) => {
          const result = await work(tx);
          if (typeof result === 'object' && result !== null && 'sequenced' in result && failures < 3) {
            failures += 1;
            throw new Error('disk on fire');
          }
          return result;
        })) as typeof store.transaction,
    };
    const opened = await openHere({ store: failing, onTrouble: (error) => troubles.push(error) });
    expect(troubles).toHaveLength(3);
    failures = 0;
    await append(opened, 0, 10);
    expect(troubles).toHaveLength(6);
    expect(await opened.ledger.records({ limit: 100 })).toHaveLength(10);
  });
});

describe('two processes on one database', () => {
  it('never fork the log: who finds it moved on reads it again and goes on', async () => {
    const first = await openHere();
    const second = await openHere();
    for (let round = 0; round < 5; round += 1) {
      await append(first, round * 20, round * 20 + 10);
      await append(second, round * 20 + 10, round * 20 + 20);
    }
    await first.ledger.exportTo(join(folder, 'first'));
    await append(first, 100, 101);
    await first.ledger.exportTo(join(folder, 'last'));
    const keyFingerprint = first.ledger.keyFingerprint;
    const last = await verifyExport({ folder: join(folder, 'last'), keyFingerprint });
    expect(last).toMatchObject({ ok: true, value: { records: 101 } });
    expect(await verifyExport({ folder: join(folder, 'first'), keyFingerprint })).toMatchObject({ ok: true });
  });
});

describe('records', () => {
  it('are found by subject, resource, grant and place, and by nothing wider', async () => {
    const { store, ledger } = await openHere();
    for (const [subject, resource, grantId] of [
      ['sub_a', 'dataset:x', 'grt_1'],
      ['sub_b', 'dataset:x', 'grt_2'],
      ['sub_a', 'model:y', 'grt_3'],
    ] as const) {
      await store.transaction((tx) => ledger.append(tx, { ...SAMPLES['grant.issued'], subject, resource, grantId }));
    }
    await ledger.settled();
    const sequences = async (filter: object): Promise<number[]> =>
      (await ledger.records({ limit: 10, ...filter })).map((record) => record.sequence);
    expect(await sequences({ subject: 'sub_a' })).toEqual([0, 2]);
    expect(await sequences({ resource: 'dataset:x' })).toEqual([0, 1]);
    expect(await sequences({ grantId: 'grt_3' })).toEqual([2]);
    expect(await sequences({ subject: 'sub_a', resource: 'dataset:x' })).toEqual([0]);
    expect(await sequences({ afterSequence: 0 })).toEqual([1, 2]);
    expect(await sequences({ limit: 1 })).toEqual([0]);
    expect(await sequences({ subject: '' })).toEqual([]);
    expect(await sequences({ limit: 0 })).toEqual([]);
  });
});

describe('proofs of the stored log', () => {
  it('hold for records and sizes across stored subtrees, and are null out of range', async () => {
    const opened = await openHere();
    const { ledger } = opened;
    await append(opened, 0, 200);
    const early = rootAt(await ledger.checkpoint(), 200);
    await append(opened, 200, 700);
    const late = rootAt(await ledger.checkpoint(), 700);
    for (const sequence of [0, 1, 255, 256, 511, 512, 698, 699]) {
      const [record] = await ledger.records({ afterSequence: sequence - 1, limit: 1 });
      const leaf = leafHash(Buffer.from(record?.canonical ?? ''));
      const proof = bytes(await ledger.inclusionProof(sequence, 700));
      expect(verifyInclusion({ index: sequence, size: 700, leaf, root: late, proof })).toBe(true);
    }
    const proof = bytes(await ledger.consistencyProof(200, 700));
    expect(verifyConsistency({ fromSize: 200, toSize: 700, fromRoot: early, toRoot: late, proof })).toBe(true);
    expect(await ledger.inclusionProof(700, 700)).toBeNull();
    expect(await ledger.inclusionProof(0, 701)).toBeNull();
    expect(await ledger.consistencyProof(1, 701)).toBeNull();
    expect(await ledger.consistencyProof(0, 700)).toBeNull();
  });
});

describe('what people wrote', () => {
  it('opens for the record that it belongs to, and is gone once the key is destroyed, while the log still verifies', async () => {
    const opened = await openHere();
    const { store, ledger } = opened;
    for (let round = 0; round < 2; round += 1) {
      await store.transaction((tx) => ledger.append(tx, SAMPLES['request.submitted']));
      await store.transaction((tx) => ledger.append(tx, SAMPLES['approval.answered']));
    }
    await ledger.settled();
    const [first, second] = await ledger.records({ limit: 2 });
    if (first === undefined || second === undefined) throw new Error('no records');
    expect(await ledger.openPersonal(first)).toEqual(SAMPLES['request.submitted'].personal?.text);
    expect(first.canonical).not.toContain('bill lengths');

    await store.transaction((tx) => eraseSubject(tx, 'sub_ana'));
    expect(await ledger.openPersonal(first)).toBeNull();
    expect(await ledger.openPersonal(second)).toEqual(SAMPLES['approval.answered'].personal?.text);
    await store.transaction((tx) => ledger.append(tx, SAMPLES['request.submitted']));
    await ledger.settled();
    expect(await ledger.openPersonal(first)).toBeNull();
    await ledger.exportTo(join(folder, 'export'));
    const result = await verifyExport({ folder: join(folder, 'export'), keyFingerprint: ledger.keyFingerprint });
    expect(result).toMatchObject({ ok: true, value: { verdict: 'verified', records: 5 } });
  });

  onSqlite(it)('leaves no copy of the destroyed key in the database file', async () => {
    const opened = await openHere();
    await opened.store.transaction((tx) => opened.ledger.append(tx, SAMPLES['request.submitted']));
    await opened.ledger.settled();
    const { wrapped_key: wrapped } = await opened.store.read
      .selectFrom('ledger_word_keys')
      .select('wrapped_key')
      .executeTakeFirstOrThrow();
    await opened.store.transaction((tx) => eraseSubject(tx, 'sub_ana'));
    await opened.close();
    open.length = 0;
    expect(readFileSync(path).includes(Buffer.from(wrapped))).toBe(false);
  });

  it('does not open under another erasure key, and says so instead of "erased"', async () => {
    const first = await openHere();
    await first.store.transaction((tx) => first.ledger.append(tx, SAMPLES['request.submitted']));
    await first.ledger.settled();
    await first.close();
    open.length = 0;
    const second = await openHere({ erasureKey: new Uint8Array(32).fill(1) });
    const [record] = await second.ledger.records({ limit: 1 });
    if (record === undefined) throw new Error('no record');
    await expect(second.ledger.openPersonal(record)).rejects.toThrow();
  });
});

// Edits the file.
onSqlite(describe)('opening an existing ledger', () => {
  async function filled(count: number): Promise<void> {
    const opened = await openHere();
    await append(opened, 0, count);
    await opened.close();
    open.length = 0;
  }

  async function refusal(options?: Parameters<typeof openTestLedger>[1]): Promise<string> {
    try {
      await openHere(options);
      return 'opened';
    } catch (error) {
      return error instanceof LogError ? error.code : String(error);
    }
  }

  it('goes on where it ended, also with what was committed but not yet sequenced', async () => {
    await filled(300);
    const store = await openLedgerStore(path);
    const stuck = { ...store, transaction: store.transaction };
    const ledger = await createLedger({
      store: stuck,
      clock: { now: () => NOW_MS },
      ledgerSeed: SEED,
      erasureKey: ERASURE_KEY,
      bootId: 'boot_stuck',
    });
    await ledger.close();
    await store.transaction((tx) => ledger.append(tx, numberedEvent(300)));
    await store.close();
    const raw = new DatabaseSync(path);
    expect(raw.prepare('select count(*) as n from ledger_intake').get()?.['n']).toBe(1);
    raw.close();
    const again = await openHere();
    expect(await again.ledger.settled()).toBe(301);
    await append(again, 301, 303);
    expect(
      (await again.ledger.records({ limit: 1000 })).map((record) => JSON.parse(record.canonical).unmapped.data.useId),
    ).toEqual(Array.from({ length: 303 }, (_, index) => `use_${index}`));
  });

  it('is refused with another key or another name', async () => {
    await filled(3);
    expect(await refusal({ ledgerSeed: new Uint8Array(32).fill(8) })).toBe('another_key');
    expect(await refusal({ origin: 'somebody/else' })).toBe('another_origin');
    expect(await refusal()).toBe('opened');
  });

  it.each([
    [
      'a record was edited',
      "update ledger_records set canonical = replace(canonical, 'use_5', 'use_6') where sequence = 5",
    ],
    ['a record was removed', 'delete from ledger_records where sequence = 5'],
    ['the newest record was removed', 'delete from ledger_records where sequence = 599'],
    ['the size was cut too', 'delete from ledger_records where sequence = 599; update ledger_state set size = 599'],
    ['a leaf hash was edited', 'update ledger_records set leaf_hash = zeroblob(32) where sequence = 590'],
    ['a stored subtree was edited', 'update ledger_subtrees set hash = zeroblob(32) where level = 8'],
    ['a stored subtree was removed', 'delete from ledger_subtrees'],
    ['the checkpoint was removed', 'update ledger_state set checkpoint = null'],
    ['the checkpoint was edited', "update ledger_state set checkpoint = replace(checkpoint, '600', '601')"],
    [
      "somebody else's subject was put on a record",
      "update ledger_records set subject = 'sub_eve' where sequence = 10",
    ],
  ])('is refused when %s meanwhile', async (_what, edit) => {
    await filled(600);
    const raw = new DatabaseSync(path);
    raw.exec(edit);
    raw.close();
    expect(await refusal()).toBe('damaged');
  });
});
