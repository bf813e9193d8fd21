// Whose records they are, and that there is one order of them, is decided by the device's own signatures: nobody else
// can write into a desktop's log, a desktop that signs two logs is found out, and one that was put back goes on.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { type BrokerClient, createBrokerClient } from '#shared/client/broker-client.ts';
import type { AppendBody } from '#shared/contracts/audit-api.ts';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => await world.close());

let count = 0;
let name: string;
let client: BrokerClient;
let log: DesktopLog;
/** Each test has a desktop of its own, with four records at the broker and two more to come. */
beforeEach(async () => {
  count += 1;
  name = `laptop-${count}`;
  client = await world.as('ana', name);
  log = await twin();
  log.add(...numbered(0, 6));
  await takes(await log.batch(0, 4), 4);
});

/** A log that the same device key signs: a clone of the disk, or an earlier state of it. */
async function twin(options: { epoch?: number; salt?: string } = {}): Promise<DesktopLog> {
  return createDesktopLog(signerOfDevice(await world.deviceKey('ana', name)), options);
}

async function takes(body: AppendBody, next: number): Promise<void> {
  expect(expectOk(await client.appendAudit(body)).next).toBe(next);
}

async function stored(): Promise<readonly string[]> {
  const { read } = world.store();
  const rows = await read
    .selectFrom('desktop_records')
    .select('canonical')
    .where('origin', '=', log.origin)
    .orderBy('epoch')
    .orderBy('sequence')
    .execute();
  return rows.map(({ canonical }) => canonical);
}

async function onRecord(): Promise<readonly string[]> {
  const admin = await world.as('lee');
  const { records } = expectOk(
    await admin.records({ after: Math.max(-1, (await world.broker().ledger.settled()) - 200), limit: 1000 }),
  );
  return records
    .filter(({ record }) => JSON.stringify(record).includes(log.origin))
    .map(({ record }) => readRecord(JSON.stringify(record))?.kind ?? '');
}

describe('append-impersonation-fork-and-restore', () => {
  describe('impersonation', () => {
    /** All that somebody else has: a desktop, a sign-in, and whatever went over the wire. */
    const attacks = async (): Promise<readonly (readonly [string, () => Promise<unknown>])[]> => {
      const max = await world.as('max', `desk-${count}`);
      const own = signerOfDevice(await world.deviceKey('max', `desk-${count}`));
      const honest = await log.batch(4, 6);
      const forged = { ...honest, checkpoint: signCheckpoint({ origin: log.origin, size: 6, root: log.root(6) }, own) };
      const replayed = await signDeviceProof({
        key: await world.deviceKey('ana', name),
        method: 'POST',
        url: `${BASE_URL}/v1/audit/append`,
        nowMs: world.clock.now(),
      });
      const send = (by: string | null, proof: string): Promise<Response> =>
        world.call(
          new Request(`${BASE_URL}/v1/audit/append`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', dpop: proof },
            body: JSON.stringify(honest),
          }),
          by,
        );
      const unenrolled = createBrokerClient({
        fetch: async (request) => await world.call(request, 'max'),
        baseUrl: BASE_URL,
        deviceKey: await world.deviceKey('ana', name),
        clock: world.clock,
      });
      return [
        ['with another desktop, the captured batch', () => max.appendAudit(honest)],
        ['with another desktop, signed by its own key', () => max.appendAudit(forged)],
        [
          'signed in as the same person, at another desktop',
          async () => (await world.as('ana', `other-${count}`)).appendAudit(honest),
        ],
        ['as somebody who did not enrol it, with its key', () => unenrolled.appendAudit(honest)],
        ['with a proof for it, as somebody else', () => send('max', replayed)],
        ['with a proof for it, as nobody', () => send(null, replayed)],
      ];
    };

    it('is refused, whoever tries it, leaves nothing, and the desktop goes on', async () => {
      const before = [await stored(), await onRecord()];
      for (const [what, attack] of await attacks()) {
        const answer = await attack();
        const status =
          answer instanceof Response ? answer.status : (answer as { error?: { status: number } }).error?.status;
        expect(status, what).toBeGreaterThanOrEqual(400);
        expect(status, what).toBeLessThan(500);
      }
      expect([await stored(), await onRecord()]).toEqual(before);
      await takes(await log.batch(4, 6), 6);
      expect(await stored()).toEqual(log.records);
    });
  });

  describe('a fork', () => {
    it('of a cloned desktop is found, kept whole and on record, and the first log stays and goes on', async () => {
      const clone = await twin({ salt: 'clone' });
      clone.add(...numbered(0, 7));
      for (const [from, to] of [
        [0, 4],
        [2, 6],
        [4, 7],
      ] as const) {
        const refused = await client.appendAudit(await clone.batch(from, to));
        expect(refused).toMatchObject({ ok: false, error: { code: 'signed_fork', status: 422 } });
      }
      expect(await stored()).toEqual(log.records.slice(0, 4));
      expect((await onRecord()).filter((kind) => kind === 'audit.forked')).toHaveLength(3);
      const { read } = world.store();
      const forks = await read.selectFrom('desktop_forks').selectAll().where('origin', '=', log.origin).execute();
      expect(
        forks.map(({ body }) => (JSON.parse(body) as AppendBody).records.length).toSorted((a, b) => a - b),
      ).toEqual([3, 4, 4]);
      await takes(await log.batch(4, 6), 6);
    });

    it('cannot be passed off as a continuation: neither by the old head, nor by a new epoch that names another', async () => {
      const clone = await twin({ salt: 'clone' });
      clone.add(...numbered(0, 5));
      const batch = await clone.batch(4, 5);
      expect((await client.appendAudit({ ...batch, consistency: (await log.batch(4, 5)).consistency })).ok).toBe(false);
      const later = await twin({ epoch: 2 });
      later.add(opening({ size: 5, root: clone.root(5).toString('base64') }));
      expect(await client.appendAudit(await later.batch(0, 1))).toMatchObject({
        ok: false,
        error: { code: 'sequence_gap' },
      });
      expect(await stored()).toEqual(log.records.slice(0, 4));
    });
  });

  describe('a restore', () => {
    it('of a desktop goes on in an epoch that names what was witnessed, on record, and the old one is over', async () => {
      const back = await twin({ epoch: 2 });
      back.add(opening({ size: 4, root: log.root(4).toString('base64') }), ...numbered(4, 6));
      await takes(await back.batch(0, 3), 3);
      expect(await stored()).toEqual([...log.records.slice(0, 4), ...back.records]);
      expect(await onRecord()).toEqual(['audit.appended', 'audit.epoch_opened', 'audit.appended']);
      // The disk that it was cloned from, or another copy of the same backup, cannot write on beside it.
      expect(await client.appendAudit(await log.batch(4, 6))).toMatchObject({
        ok: false,
        error: { code: 'sequence_gap', known: { epoch: 2, next: 3 } },
      });
      const again = await twin({ epoch: 2, salt: 'again' });
      again.add(opening({ size: 4, root: log.root(4).toString('base64') }));
      expect(await client.appendAudit(await again.batch(0, 1))).toMatchObject({
        ok: false,
        error: { code: 'signed_fork' },
      });
    });

    it('of the broker takes again what it lost, from the desktop’s own log, once', async () => {
      await takes(await log.batch(4, 6), 6);
      const { read } = world.store();
      expect(
        await read.selectFrom('desktop_epochs').select('size').where('origin', '=', log.origin).execute(),
      ).toHaveLength(1);
      await world.store().transaction(async (tx) => {
        // What a backup of after the fourth record has.
        await tx.deleteFrom('desktop_records').where('origin', '=', log.origin).where('sequence', '>=', 4).execute();
        const head = { size: 4, root: log.root(4).toString('base64'), checkpoint: log.checkpoint(4) };
        await tx.updateTable('desktop_epochs').set(head).where('origin', '=', log.origin).execute();
      });
      log.add(...numbered(6, 7));
      expect(await client.appendAudit(await log.batch(6, 7))).toMatchObject({
        ok: false,
        error: { known: { epoch: 1, next: 4, checkpoint: log.checkpoint(4) } },
      });
      await takes(await log.batch(4, 7), 7);
      expect(await stored()).toEqual(log.records);
    });
  });
});

function opening(witnessed: { size: number; root: string }): OutboxEvent {
  return {
    ...OUTBOX_SAMPLES['epoch.opened'],
    kind: 'epoch.opened',
    data: { code: 'restored', previousOrigin: log.origin, previousEpoch: 1, witnessed, carried: 0 },
  };
}
