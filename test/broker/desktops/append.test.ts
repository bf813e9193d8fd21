import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leafHash } from '#shared/audit/merkle.ts';
import { verifyInclusion } from '#shared/audit/proof.ts';
import { openCheckpoint, signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner, readPublicKey } from '#shared/audit/log-key.ts';
import { canonicalJson } from '#shared/audit/canonical.ts';
import { type BrokerClient, createBrokerClient } from '#shared/client/broker-client.ts';
import type { z } from 'zod';
import type { AppendBody, auditRecordsSchema } from '#shared/contracts/audit-api.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

let world: World;
let client: BrokerClient;
let log: DesktopLog;
let device = 0;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
/** Each test has a device of its own, so a log of its own. */
beforeEach(async () => {
  device += 1;
  client = await world.as('ana', `laptop-${device}`);
  log = await logOf('ana', `laptop-${device}`);
});

async function logOf(user: string, name: string, options?: { epoch?: number; salt?: string }): Promise<DesktopLog> {
  return createDesktopLog(signerOfDevice(await world.deviceKey(user, name)), options);
}
const twin = (options: { epoch?: number; salt?: string }): Promise<DesktopLog> =>
  logOf('ana', `laptop-${device}`, options);

async function next(body: AppendBody): Promise<number> {
  return expectOk(await client.appendAudit(body)).next;
}

/** What is refused leaves the stored log as it was. */
async function refusal(body: AppendBody) {
  const before = await rows();
  const answer = await client.appendAudit(body);
  if (answer.ok) throw new Error(`accepted up to ${answer.value.next}`);
  expect(await rows()).toEqual(before);
  return answer.error;
}

async function rows(): Promise<unknown> {
  const db = world.store().read;
  return {
    epochs: await db.selectFrom('desktop_epochs').selectAll().where('origin', '=', log.origin).execute(),
    records: await db
      .selectFrom('desktop_records')
      .select(['epoch', 'sequence', 'canonical'])
      .where('origin', '=', log.origin)
      .orderBy('epoch')
      .orderBy('sequence')
      .execute(),
  };
}

async function storedRecords(epoch = 1): Promise<readonly string[]> {
  const found = await world
    .store()
    .read.selectFrom('desktop_records')
    .select('canonical')
    .where('origin', '=', log.origin)
    .where('epoch', '=', epoch)
    .orderBy('sequence')
    .execute();
  return found.map(({ canonical }) => canonical);
}

type AuditRecords = z.infer<typeof auditRecordsSchema>;
type Recorded = { metadata: { event_code: string }; severity_id: number; status_id: number };

/** What the ledger has on record about this log, with the place of each. */
async function ledgerRecords(): Promise<readonly { sequence: number; record: Recorded }[]> {
  const admin = await world.as('lee');
  const found: { sequence: number; record: Recorded }[] = [];
  let after: number | null = -1;
  while (after !== null) {
    const page: AuditRecords = expectOk(await admin.records({ after, limit: 1000 }));
    after = page.next;
    const about = page.records.filter(({ record }) => JSON.stringify(record).includes(log.origin));
    found.push(...about.map(({ sequence, record }) => ({ sequence, record: record as Recorded })));
  }
  return found;
}

async function ledgerKinds(): Promise<readonly string[]> {
  return (await ledgerRecords()).map(({ record }) => record.metadata.event_code);
}

describe('appending', () => {
  it('takes batch after batch, answers what is wanted next, and stores exactly what was signed', async () => {
    log.add(...numbered(0, 700));
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 255],
      [255, 257],
      [257, 700],
    ] as const)
      expect(await next(await log.batch(from, to))).toBe(to);
    expect(await storedRecords()).toEqual(log.records);
  });

  it('puts each accepted head on record in the ledger, under the checkpoint that it answers with', async () => {
    log.add(...numbered(0, 5));
    const { ledgerCheckpoint, cosignature } = expectOk(await client.appendAudit(await log.batch(0, 5)));
    const key = readPublicKey(expectOk(await client.ledgerKey()));
    if (key === null) throw new Error('no key');
    const checkpoint = openCheckpoint(ledgerCheckpoint, key);
    if (!checkpoint.ok) throw new Error(checkpoint.error);
    const last = (await ledgerRecords()).at(-1);
    expect(last?.sequence).toBe(checkpoint.value.size - 1);
    expect(last?.record).toMatchObject({
      metadata: { event_code: 'audit.appended' },
      unmapped: {
        data: { origin: log.origin, epoch: 1, size: 5, root: log.root(5).toString('base64'), records: 5 },
      },
    });
    const { sequence: index = -1, record = '', proof = [] } = cosignature ?? {};
    expect(JSON.parse(record)).toEqual(last?.record);
    const hashes = proof.map((hash) => Buffer.from(hash, 'base64'));
    expect(verifyInclusion({ ...checkpoint.value, index, leaf: leafHash(Buffer.from(record)), proof: hashes })).toBe(
      true,
    );
  });

  it('shows the record of a head also to who asks again much later', async () => {
    log.add(...numbered(0, 40));
    const first = await log.batch(0, 1);
    const { cosignature: then } = expectOk(await client.appendAudit(first));
    for (let size = 2; size <= 40; size += 1) expectOk(await client.appendAudit(await log.batch(size - 1, size)));
    const { cosignature: again } = expectOk(await client.appendAudit(first));
    expect(again).toMatchObject({ sequence: then?.sequence, record: then?.record });
  });

  it('again is the same: nothing is doubled and nothing more goes on record', async () => {
    log.add(...numbered(0, 6));
    const batch = await log.batch(0, 4);
    expect(await next(batch)).toBe(4);
    expect(await next(batch)).toBe(4);
    expect(await next(await log.batch(0, 2))).toBe(4);
    expect(await next(await log.batch(2, 4))).toBe(4);
    expect(await next(await log.batch(1, 6))).toBe(6);
    expect(await storedRecords()).toEqual(log.records);
    expect(await ledgerKinds()).toEqual(['audit.appended', 'audit.appended']);
  });

  it('of fewer records than there are tells how far the log goes', async () => {
    log.add(...numbered(0, 6));
    expect(expectOk(await client.appendAudit(await log.batch(0, 4))).known).toBeUndefined();
    expect(expectOk(await client.appendAudit(await log.batch(0, 4))).known).toBeUndefined();
    const known = { epoch: 1, next: 4, checkpoint: log.checkpoint(4), followed: 0 };
    expect(expectOk(await client.appendAudit(await log.batch(0, 3))).known).toEqual(known);
  });

  it('of the same batch at the same time stores it once', async () => {
    log.add(...numbered(0, 50));
    const batch = await log.batch(0, 50);
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.appendAudit(batch)));
    expect(answers.map((answer) => answer.ok && answer.value.next)).toEqual(Array.from({ length: 8 }, () => 50));
    expect(await storedRecords()).toEqual(log.records);
  });

  it('says what is wanted when records are missing between', async () => {
    log.add(...numbered(0, 9));
    await next(await log.batch(0, 3));
    expect(await refusal(await log.batch(5, 9))).toMatchObject({
      code: 'sequence_gap',
      status: 409,
      known: { epoch: 1, next: 3, checkpoint: log.checkpoint(3) },
    });
  });

  it('takes the largest batch there may be', async () => {
    const filler = (keyBytes: number): OutboxEvent => ({
      ...OUTBOX_SAMPLES['settings.changed'],
      data: { keys: ['k'.repeat(keyBytes)] },
    });
    log.add(...Array.from({ length: 230 }, () => filler(7000)));
    const batch = await log.batch(0, 230);
    expect(JSON.stringify(batch).length).toBeGreaterThan(1_700_000);
    expect(await next(batch)).toBe(230);
    log.add(...numbered(0, 1000));
    expect(await next(await log.batch(230, 1230))).toBe(1230);
  });
});

describe('what is refused, without a trace', () => {
  const edited = async (edit: (batch: AppendBody) => Partial<AppendBody>): Promise<AppendBody> => {
    log.add(...numbered(0, 8));
    await next(await log.batch(0, 4));
    const batch = await log.batch(4, 8);
    return { ...batch, ...edit(batch) };
  };
  const changedRecord = (change: (record: string) => string) => (batch: AppendBody) => ({
    records: batch.records.with(1, change(batch.records[1] ?? '')),
  });
  const other = logSigner(new Uint8Array(32).fill(5));

  it.each<[string, (batch: AppendBody) => Partial<AppendBody>, string]>([
    [
      'a checkpoint whose text was changed',
      (b) => ({ checkpoint: b.checkpoint.replace('\n8\n', '\n9\n') }),
      'invalid_checkpoint',
    ],
    ['no signed note at all', () => ({ checkpoint: 'nothing' }), 'invalid_checkpoint'],
    [
      'a checkpoint signed by another key',
      (b) => ({ checkpoint: signCheckpoint({ origin: b.origin, size: 8, root: log.root(8) }, other) }),
      'invalid_checkpoint',
    ],
    [
      'a checkpoint of another log of the same key',
      () => ({ checkpoint: signCheckpoint({ origin: 'elsewhere', size: 8, root: log.root(8) }, log.signer) }),
      'invalid_checkpoint',
    ],
    ['a checkpoint over fewer records than are sent', () => ({ checkpoint: log.checkpoint(7) }), 'invalid_request'],
    ['a changed record', changedRecord((record) => record.replace('crd_5', 'crd_6')), 'invalid_request'],
    ['a record that is not canonical', changedRecord((record) => `${record} `), 'invalid_request'],
    ['a record that is no JSON', changedRecord(() => 'nothing'), 'invalid_request'],
    [
      'a record with another number',
      changedRecord((r) => r.replace('"sequence":5', '"sequence":6')),
      'invalid_request',
    ],
    ['a record of another epoch', changedRecord((r) => r.replace('"epoch":1', '"epoch":2')), 'invalid_request'],
    [
      'a record of another log',
      changedRecord((r) => r.replaceAll('daypass.desktop/', 'daypass.desktop/x')),
      'invalid_request',
    ],
    ['a record over 8 KiB', changedRecord(() => canonicalJson({ a: '€'.repeat(4000) })), 'invalid_request'],
    ['swapped records', (b) => ({ records: b.records.toReversed() }), 'invalid_request'],
    ['a wrong consistency proof', (b) => ({ consistency: b.consistency.toReversed().slice(1) }), 'invalid_request'],
    ['no consistency proof', () => ({ consistency: [] }), 'invalid_request'],
    ['no records', () => ({ records: [] }), 'invalid_request'],
    [
      'too many records',
      (b) => ({ records: Array.from({ length: 1001 }, () => b.records[0] ?? '') }),
      'invalid_request',
    ],
    ['a place that is no number', () => ({ firstSeq: -1 }), 'invalid_request'],
    ['an epoch that is none', () => ({ epoch: 0 }), 'invalid_request'],
  ])('%s', async (_what, edit, code) => {
    const before = await ledgerKinds();
    expect((await refusal(await edited(edit))).code).toBe(code);
    expect((await ledgerKinds()).length - before.length).toBe(1);
  });

  it.each<[string, (record: string) => string]>([
    ['not canonical', (record) => `${record} `],
    ['not in the order of keys', (record) => JSON.stringify({ unmapped: null, ...JSON.parse(record) })],
    ['no JSON', () => 'nothing'],
    ['no record', () => '{"a":1}'],
    ['in another place', (record) => record.replace('"sequence":0', '"sequence":1')],
    ['of another epoch', (record) => record.replace('"epoch":1', '"epoch":2')],
    ['of another log by its own word', (record) => record.replace('"origin":"daypass', '"origin":"x')],
    ['of another log by its name', (record) => record.replace('"log_name":"daypass', '"log_name":"x')],
    ['over 8 KiB', (record) => record.replace('crd_1', `crd_${'€'.repeat(2700)}`)],
  ])('a record that is %s, although the device signed it', async (_what, change) => {
    const honest = await twin({});
    honest.add(...numbered(1, 2));
    const [record = ''] = honest.records;
    expect(change(record)).not.toBe(record);
    log.addText(change(record));
    expect(await refusal(await log.batch(0, 1))).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/^Record 0 /),
    });
  });

  it('a consistency proof for the beginning, which needs none', async () => {
    log.add(...numbered(0, 2));
    const batch = await log.batch(0, 2);
    expect((await refusal({ ...batch, consistency: [log.root(1).toString('base64')] })).code).toBe('invalid_request');
  });

  it('a log of somebody else’s device, as if there were none', async () => {
    await world.as('max', 'desk');
    const foreign = await logOf('max', 'desk');
    foreign.add(...numbered(0, 1));
    expect((await refusal(await foreign.batch(0, 1))).code).toBe('not_found');
    const mine = await logOf('ana', `laptop-${device - 1}`);
    mine.add(...numbered(0, 1));
    expect((await refusal(await mine.batch(0, 1))).code).toBe('not_found');
  });

  it('a body over the limit, and a device that is not enrolled', async () => {
    log.add(...numbered(0, 1));
    const batch = await log.batch(0, 1);
    const huge = { ...batch, records: Array.from({ length: 300 }, () => 'x'.repeat(8000)) };
    expect((await refusal(huge)).code).toBe('payload_too_large');
    const key = await world.deviceKey('ana', 'never-enrolled');
    const fetch = (request: Request): Promise<Response> => world.call(request, 'ana');
    const stranger = createBrokerClient({ fetch, baseUrl: 'http://b.internal', deviceKey: key, clock: world.clock });
    expect(await stranger.appendAudit(batch)).toMatchObject({ ok: false, error: { code: 'invalid_device_proof' } });
  });
});

describe('a signed fork', () => {
  const forks = () =>
    world.store().read.selectFrom('desktop_forks').selectAll().where('origin', '=', log.origin).execute();

  it('in the records that are sent again is kept whole, put on record once, and answered 422', async () => {
    log.add(...numbered(0, 6));
    await next(await log.batch(0, 6));
    const other = await twin({ salt: 'other' });
    other.add(...numbered(0, 6));
    const batch = await other.batch(0, 6);
    for (let round = 0; round < 3; round += 1)
      expect(await refusal(batch)).toMatchObject({
        code: 'signed_fork',
        status: 422,
        known: { epoch: 1, next: 6, checkpoint: log.checkpoint(6) },
      });
    expect((await forks()).map(({ body }) => JSON.parse(body))).toEqual([batch]);
    expect(await ledgerKinds()).toEqual(['audit.appended', 'audit.forked']);
    const forked = (await ledgerRecords()).at(-1);
    expect(forked?.record).toMatchObject({ severity_id: 4, status_id: 2 });
  });

  it('before the records that are sent is found by what was signed', async () => {
    log.add(...numbered(0, 7));
    await next(await log.batch(0, 5));
    const other = await twin({ salt: 'other' });
    other.add(...numbered(0, 9));
    expect((await refusal(await other.batch(5, 9))).code).toBe('signed_fork');
    expect((await refusal(await other.batch(3, 5))).code).toBe('signed_fork');
    expect((await refusal(await other.batch(3, 8))).code).toBe('signed_fork');
    expect(await forks()).toHaveLength(3);
    expect(await next(await log.batch(5, 7))).toBe(7);
  });

  it('does not fill the disk, however many there are', async () => {
    log.add(...numbered(0, 1));
    await next(await log.batch(0, 1));
    for (let round = 0; round < 20; round += 1) {
      const other = await twin({ salt: `fork-${round}` });
      other.add(...numbered(0, 1));
      expect((await refusal(await other.batch(0, 1))).code).toBe('signed_fork');
    }
    expect(await forks()).toHaveLength(16);
  });
});

describe('a new epoch', () => {
  const opening = (over: { epoch?: number; size?: number; origin?: string; root?: string } = {}): OutboxEvent => ({
    ...OUTBOX_SAMPLES['epoch.opened'],
    kind: 'epoch.opened',
    data: {
      code: 'restored',
      previousOrigin: over.origin ?? log.origin,
      previousEpoch: over.epoch ?? 1,
      witnessed: { size: over.size ?? 4, root: over.root ?? log.root(4).toString('base64') },
      carried: 0,
    },
  });
  beforeEach(async () => {
    log.add(...numbered(0, 6));
    await next(await log.batch(0, 4));
  });

  it('is opened by naming the last witnessed head, and goes on record', async () => {
    const second = await twin({ epoch: 2 });
    second.add(opening(), ...numbered(4, 9));
    expect(await next(await second.batch(0, 3))).toBe(3);
    expect(await next(await second.batch(3, 6))).toBe(6);
    expect(await storedRecords(2)).toEqual(second.records);
    expect(await storedRecords(1)).toEqual(log.records.slice(0, 4));
    expect(await ledgerKinds()).toEqual(['audit.appended', 'audit.epoch_opened', 'audit.appended', 'audit.appended']);
  });

  it('may have any higher number: a receiver that was put back has not seen them all', async () => {
    const later = await twin({ epoch: 7 });
    later.add(opening());
    expect(await next(await later.batch(0, 1))).toBe(1);
  });

  it('closes the one before: its records are known, but no more are taken', async () => {
    const second = await twin({ epoch: 2 });
    second.add(opening());
    await next(await second.batch(0, 1));
    expect(expectOk(await client.appendAudit(await log.batch(0, 4)))).toMatchObject({
      next: 4,
      known: { epoch: 2, next: 1, checkpoint: second.checkpoint(1) },
    });
    expect(await refusal(await log.batch(4, 6))).toMatchObject({ code: 'sequence_gap', known: { epoch: 2, next: 1 } });
  });

  it.each<[string, { epoch: number }, readonly OutboxEvent[] | (() => readonly OutboxEvent[])]>([
    ['that names nothing', { epoch: 2 }, numbered(0, 1)],
    ['that names another size', { epoch: 2 }, () => [opening({ size: 3 })]],
    ['that names another root', { epoch: 2 }, () => [opening({ root: log.root(3).toString('base64') })]],
    ['that names another epoch', { epoch: 2 }, () => [opening({ epoch: 2 })]],
    ['that names another log', { epoch: 2 }, () => [opening({ origin: 'elsewhere' })]],
  ])('%s is refused with what is known', async (_what, options, events) => {
    const second = await twin(options);
    second.add(...(typeof events === 'function' ? events() : events));
    expect(await refusal(await second.batch(0, 1))).toMatchObject({
      code: 'sequence_gap',
      known: { epoch: 1, next: 4, checkpoint: log.checkpoint(4) },
    });
  });
});

describe('what was appended', () => {
  const about = (subject: string | null, number: number): OutboxEvent => ({
    ...OUTBOX_SAMPLES['copy.missing'],
    subject,
    data: { credential: `crd_${number}` },
  });

  it('is read by the device’s own people, each what is about them or the desktop, and by an admin', async () => {
    const { subject } = expectOk(await client.me());
    log.add(about(subject, 1), about(null, 2), about('sub_somebody', 3));
    await next(await log.batch(0, 3));
    const read = async (reader: BrokerClient, query: { limit?: number; after?: number; epoch?: number } = {}) => {
      const answer = await reader.records({ origin: log.origin, ...query });
      if (!answer.ok) return answer.error.code;
      expect(answer.value.records.every(({ uid }) => uid?.startsWith('evt_') === true)).toBe(true);
      return answer.value.records.filter(({ record }) => record !== null).map(({ sequence }) => sequence);
    };
    expect(await read(client)).toEqual([0, 1]);
    expect(await read(client, { limit: 1 })).toEqual([0]);
    expect(await read(client, { after: 0 })).toEqual([1]);
    expect(await read(client, { epoch: 2 })).toBe('not_found');
    expect(await read(await world.as('lee'))).toEqual([0, 1, 2]);
    expect(await read(await world.as('max'))).toBe('not_found');
  });

  it('is not there for an origin that nobody has, also for an admin', async () => {
    const origin = `daypass.desktop/${'A'.repeat(43)}`;
    expect(await (await world.as('lee')).records({ origin })).toMatchObject({
      ok: false,
      error: { code: 'not_found' },
    });
    expect(await client.records({ epoch: 1 })).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
  });
});
