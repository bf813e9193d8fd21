// A device's key is changed with the word of both: who asks, what must be signed, and what ends and goes on with it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signCheckpoint } from '#shared/audit/checkpoint.ts';
import type { LogSigner } from '#shared/audit/log-key.ts';
import { type BrokerClient, createBrokerClient } from '#shared/client/broker-client.ts';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createDesktopLog, type DesktopLog, numbered, signerOfDevice } from '#test/support/desktop-log.ts';
import { OUTBOX_SAMPLES } from '#test/shared/log/outbox-samples.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => await world.close());

type Desk = {
  readonly old: { readonly client: BrokerClient; readonly key: DeviceKey; readonly signer: LogSigner };
  /** Nobody enrolled it yet. */
  readonly next: { readonly client: BrokerClient; readonly key: DeviceKey; readonly signer: LogSigner };
  readonly log: DesktopLog;
};

/** A desktop whose log is at the broker and ends with the record that names its next key. */
async function desk(name: string, user = 'ana'): Promise<Desk> {
  const [key, nextKey] = [await world.deviceKey(user, name), await world.deviceKey(user, `${name}, next`)];
  const old = { client: await world.as(user, name), key, signer: signerOfDevice(key) };
  const log = createDesktopLog(old.signer);
  log.add(...numbered(0, 2), handedOver(nextKey.device));
  expectOk(await old.client.appendAudit(await log.batch(0, 3)));
  return { old, log, next: { client: clientOf(nextKey, user), key: nextKey, signer: signerOfDevice(nextKey) } };
}

function clientOf(deviceKey: DeviceKey, user: string): BrokerClient {
  const fetch = async (request: Request): Promise<Response> => await world.call(request, user);
  return createBrokerClient({ fetch, baseUrl: BASE_URL, deviceKey, clock: world.clock });
}

const handedOver = (newDevice: string) =>
  ({ ...OUTBOX_SAMPLES['log.key_handed_over'], kind: 'log.key_handed_over', data: { newDevice } }) as const;

function note({ log }: Desk, size: number, ...signers: readonly [LogSigner, ...LogSigner[]]): string {
  return signCheckpoint({ origin: log.origin, size, root: log.root(size) }, ...signers);
}

const bothSigned = (one: Desk): string => note(one, one.log.records.length, one.old.signer, one.next.signer);
const changeOf = (one: Desk, checkpoint = bothSigned(one)) => ({ replaces: one.old.key.device, checkpoint });

const recordSchema = z.object({
  metadata: z.object({ event_code: z.string() }),
  unmapped: z.object({ data: z.looseObject({ device: z.string().optional() }) }),
  severity_id: z.int(),
});

async function changed(device: string): Promise<readonly unknown[]> {
  const lee = await world.as('lee');
  const { records } = expectOk(await lee.records({ limit: 1000 }));
  return records.flatMap(({ record }) => {
    const { metadata, unmapped, severity_id } = recordSchema.parse(record);
    const isIt = metadata.event_code === 'device.key_changed' && unmapped.data.device === device;
    return isIt ? [{ ...unmapped.data, severity: severity_id }] : [];
  });
}

async function access(
  client: BrokerClient,
): Promise<{ readonly id: string; readonly collectId: string; readonly grantId: string }> {
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  const { id } = expectOk(await client.submit(wish, randomUUID()));
  const collectId = randomUUID();
  const { grant } = expectOk(await client.collect(id, collectId));
  return { id, collectId, grantId: grant.id };
}

describe('a device key that is changed', () => {
  it('goes over with its people and live access, once and on record; nothing by the old one counts', async () => {
    const one = await desk('whole');
    const { old, next, log } = one;
    const held = await access(old.client);
    const first = expectOk(await next.client.changeDeviceKey(changeOf(one)));
    expect(first).toMatchObject({ device: next.key.device, replaces: old.key.device });
    world.clock.advance(1000);
    // An answer that was lost is asked for again.
    expect(expectOk(await next.client.changeDeviceKey(changeOf(one)))).toEqual(first);
    expect(await changed(next.key.device)).toEqual([
      {
        device: next.key.device,
        replaces: old.key.device,
        epoch: 1,
        size: 3,
        root: log.root(3).toString('base64'),
        grants: 1,
        severity: 3,
      },
    ]);
    log.add(...numbered(3, 4));
    for (const refused of [
      await old.client.appendAudit(await log.batch(3, 4)),
      await old.client.appendAudit(await log.batch(0, 3)),
      await old.client.enrolDevice(),
      await old.client.collect(held.id, held.collectId),
    ])
      expect(refused).toMatchObject({ error: { code: 'invalid_device_proof', detail: 'replaced' } });
    // The same credential, asked for again by the computer that holds it.
    expect(expectOk(await next.client.collect(held.id, held.collectId)).grant.id).toBe(held.grantId);
    expect(expectOk(await next.client.release(held.grantId)).id).toBe(held.grantId);
  });

  it('opens a log that administrators see as the same computer, and no alarm', async () => {
    const one = await desk('chain');
    expectOk(await one.next.client.changeDeviceKey(changeOf(one)));
    expectOk(await one.next.client.appendAudit(await openingOf(one).batch(0, 1)));
    const { logs } = expectOk(await (await world.as('lee')).desktopLogs());
    const [before, now] = [one.log.origin, outboxOrigin(one.next.key.device)].map((origin) =>
      logs.find((log) => log.origin === origin),
    );
    expect(before).toMatchObject({ replacedBy: one.next.key.device, reopened: null });
    expect(now).toMatchObject({
      replacedBy: null,
      reopened: { reason: 'key_changed', previousOrigin: one.log.origin },
      people: [{ name: 'Ana Lima' }],
    });
    expect(await openedFor(outboxOrigin(one.next.key.device))).toEqual([]);
  });

  it('that the broker knows nothing of is a lost one, whatever its log says', async () => {
    const one = await desk('claimed');
    expectOk(await one.next.client.enrolDevice());
    expectOk(await one.next.client.appendAudit(await openingOf(one).batch(0, 1)));
    expect(await openedFor(outboxOrigin(one.next.key.device))).toEqual(['new_key']);
  });
});

function openingOf({ log, next }: Desk): DesktopLog {
  const opening = createDesktopLog(next.signer);
  const witnessed = { size: 3, root: log.root(3).toString('base64') };
  const data = { code: 'key_changed', previousOrigin: log.origin, previousEpoch: 1, witnessed, carried: 0 } as const;
  opening.add({ ...OUTBOX_SAMPLES['epoch.opened'], kind: 'epoch.opened', data });
  return opening;
}

async function openedFor(origin: string): Promise<readonly string[]> {
  const { records } = expectOk(await (await world.as('lee')).records({ limit: 1000 }));
  return records.flatMap(({ record }) => {
    const text = JSON.stringify(record);
    if (!text.includes('"audit.epoch_opened"') || !text.includes(`"origin":"${origin}"`)) return [];
    return [/"reason":"(\w+)"/.exec(text)?.[1] ?? 'none'];
  });
}

describe('a change is refused', () => {
  it.each<readonly [string, string, (one: Desk) => string]>([
    ['that the old key did not sign', 'invalid_checkpoint', (one) => note(one, 3, one.next.signer)],
    ['that the new key did not sign', 'invalid_checkpoint', (one) => note(one, 3, one.old.signer)],
    ['over another head than is stored', 'state_conflict', (one) => note(one, 2, one.old.signer, one.next.signer)],
    [
      'over another tree',
      'state_conflict',
      ({ log, old, next }) =>
        signCheckpoint({ origin: log.origin, size: 3, root: Buffer.alloc(32) }, old.signer, next.signer),
    ],
    [
      'of another log',
      'invalid_checkpoint',
      ({ log, old, next }) =>
        signCheckpoint({ origin: `${log.origin}x`, size: 3, root: log.root(3) }, old.signer, next.signer),
    ],
  ])('%s', async (what, code, checkpoint) => {
    const one = await desk(`refused ${what}`);
    expect(await one.next.client.changeDeviceKey(changeOf(one, checkpoint(one)))).toMatchObject({ error: { code } });
    await stands(one);
  });

  it('for a key that the log does not name, also by who holds the old key’s word for another', async () => {
    const one = await desk('named');
    const thief = await world.deviceKey('ana', 'named, thief');
    const checkpoint = note(one, 3, one.old.signer, signerOfDevice(thief));
    const asked = await clientOf(thief, 'ana').changeDeviceKey(changeOf(one, checkpoint));
    expect(asked).toMatchObject({ error: { code: 'invalid_checkpoint' } });
    await stands(one);
  });

  it('to somebody who did not enrol the device', async () => {
    const one = await desk('others');
    const asked = await clientOf(one.next.key, 'max').changeDeviceKey(changeOf(one));
    expect(asked).toMatchObject({ error: { code: 'not_found' } });
    await stands(one);
  });

  it('to a key that was known before', async () => {
    const one = await desk('known');
    await world.as('max', 'known');
    expectOk(await one.next.client.enrolDevice());
    expect(await one.next.client.changeDeviceKey(changeOf(one))).toMatchObject({ error: { code: 'state_conflict' } });
    await stands(one);
  });

  it('while a request waits to be collected, for it was approved for the old key', async () => {
    const one = await desk('open');
    const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
    const { id } = expectOk(await one.old.client.submit(wish, randomUUID()));
    expect(await one.next.client.changeDeviceKey(changeOf(one))).toMatchObject({ error: { code: 'state_conflict' } });
    await stands(one);
    expectOk(await one.old.client.withdraw(id));
    // The log went on meanwhile, so that both have to sign its new end.
    one.log.add(handedOver(one.next.key.device));
    expectOk(await one.old.client.appendAudit(await one.log.batch(4, 5)));
    expectOk(await one.next.client.changeDeviceKey(changeOf(one)));
  });
});

/** The old key is the device's, and its log goes on. */
async function stands({ old, log }: Desk): Promise<void> {
  log.add(...numbered(90, 91));
  const size = log.records.length;
  expectOk(await old.client.appendAudit(await log.batch(size - 1, size)));
}
