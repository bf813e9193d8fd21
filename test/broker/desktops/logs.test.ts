// What an administrator sees of the desktops' logs: who is silent, what went back, what contradicts itself; and the
// ledger's own heartbeat.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '#shared/audit/checkpoint.ts';
import { readPublicKey } from '#shared/audit/log-key.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import type { DesktopLogView } from '#shared/contracts/audit-api.ts';
import { formatInstant, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

let world: World;
let admin: BrokerClient;
beforeAll(async () => {
  world = await openWorld();
  admin = await world.as('lee');
});
afterAll(async () => await world.close());

async function desktop(name: string, options?: { epoch?: number; salt?: string }) {
  const client = await world.as('ana', name);
  const key = await world.deviceKey('ana', name);
  return { client, origin: outboxOrigin(key.device), log: createDesktopLog(signerOfDevice(key), options) };
}

const logs = async (): Promise<readonly DesktopLogView[]> => expectOk(await admin.desktopLogs()).logs;
const viewOf = async (origin: string) => (await logs()).find((log) => log.origin === origin);
const at = (ms: number): string => formatInstant(ms);

async function metric(name: string): Promise<string | undefined> {
  const response = await world.call(new Request(`${BASE_URL}/metrics`), 'lee');
  return (await response.text()).split('\n').find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
}

async function reopen(previous: DesktopLog, size: number, next: DesktopLog, code: 'restored' | 'new_key') {
  const witnessed = { size, root: previous.root(size).toString('base64') };
  const data = { code, previousOrigin: previous.origin, previousEpoch: previous.epoch, witnessed, carried: 0 };
  next.add({ ...OUTBOX_SAMPLES['epoch.opened'], kind: 'epoch.opened', data });
  return await next.batch(0, 1);
}

describe('the desktops’ logs', () => {
  it('say whose they are, how far, and when each was last heard, be it with what was known', async () => {
    const { client, origin, log } = await desktop('one');
    log.add(...numbered(0, 3));
    const batch = await log.batch(0, 3);
    expectOk(await client.appendAudit(batch));
    const people = [{ name: 'Ana Lima', person: expect.any(String) }];
    expect(await viewOf(origin)).toMatchObject({
      people,
      epoch: 1,
      size: 3,
      heardAt: at(world.clock.now()),
      silentSince: null,
      liveGrants: 0,
      reopened: null,
      forks: [],
    });
    world.clock.advance(HOUR_MS);
    expect((await viewOf(origin))?.heardAt).toBe(at(world.clock.now() - HOUR_MS));
    expectOk(await client.appendAudit(batch));
    expect((await viewOf(origin))?.heardAt).toBe(at(world.clock.now()));
  });

  it('show a desktop that holds access and is silent, also one that never sent anything', async () => {
    const { client, origin } = await desktop('two');
    const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: 8 * HOUR_MS };
    const asked = expectOk(await client.submit(wish, randomUUID()));
    expectOk(await client.collect(asked.id, randomUUID()));
    const sinceMs = world.clock.now();
    expect(await viewOf(origin)).toMatchObject({ epoch: 0, size: 0, heardAt: null, liveGrants: 1, silentSince: null });
    expect(await metric('daypass_desktops_silent_with_access')).toMatch(/ 0$/);
    // Silence comes after eight hours; the access is ended by then, so its end is kept from being noticed.
    world.clock.advance(8 * HOUR_MS + MINUTE_MS);
    expect(await viewOf(origin)).toMatchObject({ liveGrants: 1, silentSince: at(sinceMs) });
    expect(await metric('daypass_desktops_silent_with_access')).toMatch(/ 1$/);
    expect((await logs())[0]?.origin).toBe(origin);
    await world.broker().runDue();
    expect(await metric('daypass_desktops_silent_with_access')).toMatch(/ 0$/);
  });

  it('show what was put back or got another key, on record as severe', async () => {
    const { client, origin, log } = await desktop('three');
    log.add(...numbered(0, 2));
    expectOk(await client.appendAudit(await log.batch(0, 2)));
    const second = (await desktop('three', { epoch: 2 })).log;
    expectOk(await client.appendAudit(await reopen(log, 2, second, 'restored')));
    expect((await viewOf(origin))?.reopened).toEqual({
      reason: 'restored',
      at: at(world.clock.now()),
      previousOrigin: origin,
    });
    // Its key is lost: the next one needs no help of it, and says which log it goes on with.
    const rekeyed = await desktop('three, rekeyed');
    expectOk(await rekeyed.client.appendAudit(await reopen(second, 1, rekeyed.log, 'new_key')));
    expect((await viewOf(rekeyed.origin))?.reopened).toMatchObject({ reason: 'new_key', previousOrigin: origin });
    const { records } = expectOk(
      await admin.records({ after: Math.max(-1, (await world.broker().ledger.settled()) - 6) }),
    );
    const opened = records
      .map(
        ({ record }) =>
          record as { metadata: { event_code: string }; severity_id: number; unmapped: { data: { reason?: string } } },
      )
      .filter(({ metadata }) => metadata.event_code === 'audit.epoch_opened');
    expect(opened.map(({ severity_id, unmapped }) => [severity_id, unmapped.data.reason])).toEqual([
      [4, 'restored'],
      [4, 'new_key'],
    ]);
    expect(await metric('daypass_desktop_logs_reopened{reason="new_key"}')).toMatch(/ 1$/);
  });

  it('give the evidence of a fork whole: both trees under the device’s own signature', async () => {
    const { client, origin, log } = await desktop('four');
    log.add(...numbered(0, 3));
    expectOk(await client.appendAudit(await log.batch(0, 3)));
    const clone = (await desktop('four', { salt: 'clone' })).log;
    clone.add(...numbered(0, 4));
    const forged = await clone.batch(0, 4);
    expect((await client.appendAudit(forged)).ok).toBe(false);
    const [fork] = (await viewOf(origin))?.forks ?? [];
    expect(fork).toMatchObject({ epoch: 1, size: 4, seenAt: at(world.clock.now()) });
    expect((await logs())[0]?.origin).toBe(origin);
    const { size, root } = fork ?? { size: 0, root: '' };
    const evidence = expectOk(await admin.desktopFork({ origin, epoch: 1, size, root }));
    expect(evidence.sent).toEqual(forged);
    const key = readPublicKey(evidence.publicKey);
    if (key === null) throw new Error('no key');
    for (const note of [evidence.accepted.checkpoint, evidence.sent.checkpoint])
      expect(openCheckpoint(note, key)).toMatchObject({ ok: true, value: { origin } });
    expect(await metric('daypass_desktop_forks')).toMatch(/ 1$/);
    expect(await (await world.as('ana', 'four')).desktopFork({ origin, epoch: 1, size, root })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    });
  });
});

describe('the ledger’s heartbeat', () => {
  it('is written when nothing happened for an hour, and not before, and once', async () => {
    const fresh = await openWorld();
    try {
      const beats = async (): Promise<readonly unknown[]> => {
        await fresh.broker().ledger.settled();
        const beating = fresh.store().read.selectFrom('ledger_records').where('kind', '=', 'ledger.heartbeat');
        const rows = await beating.select('canonical').orderBy('sequence').execute();
        return rows.map(({ canonical }): unknown => JSON.parse(canonical));
      };
      expect(await beats()).toEqual([]);
      const before = await fresh.broker().ledger.settled();
      fresh.clock.advance(HOUR_MS - 1);
      await fresh.broker().runDue();
      expect(await beats()).toEqual([]);
      fresh.clock.advance(1);
      await Promise.all([fresh.broker().runDue(), fresh.broker().runDue()]);
      expect(await beats()).toMatchObject([{ unmapped: { data: { lastSequence: before - 1 } } }]);
      fresh.clock.advance(HOUR_MS);
      await fresh.broker().runDue();
      expect(await beats()).toHaveLength(2);
      // A clock that was ahead and is put right must not leave it silent until that time comes again.
      fresh.clock.advance(-HOUR_MS / 2);
      await fresh.broker().runDue();
      expect(await beats()).toHaveLength(2);
      fresh.clock.advance(-48 * HOUR_MS);
      await fresh.broker().runDue();
      expect(await beats()).toHaveLength(3);
    } finally {
      await fresh.close();
    }
  });
});
