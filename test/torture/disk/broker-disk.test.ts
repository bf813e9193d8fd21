// A broker whose disk fails under it: nothing is granted, what ends stops at once, and the end is on record when the disk
// is well again or at the next start. Nothing is lost or doubled, and the ledger verifies.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecord } from '#shared/audit/record-fields.ts';
import { verifyExport } from '#shared/audit/verify-export.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { uidsOf } from '#test/electron/agent/outbox/open-synced.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { diskFault, FAULTS, isLeftOut, mountSmallDisk } from './bad-disk.ts';

const WISH = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation' };

let world: World;
let ana: BrokerClient;
let exported: string;
let unmount: () => void = () => undefined;
beforeEach(async () => {
  world = await openWorld();
  exported = mkdtempSync(path.join(tmpdir(), 'daypass-disk-'));
});
afterEach(async () => {
  await world.stop().catch(() => undefined);
  unmount();
  await world.close();
  rmSync(exported, { recursive: true, force: true });
});

const submit = async (durationMs: number): Promise<string> =>
  expectOk(await ana.submit({ ...WISH, durationMs }, newKey())).id;
const collect = async (requestId: string): Promise<{ readonly id: string; readonly token: string }> => {
  const { grant, credential } = expectOk(await ana.collect(requestId, newKey()));
  return { id: grant.id, token: credential.secret };
};
/** As the resource's own side says: of a use that it lets in. */
const opens = async (token: string): Promise<boolean> => {
  const url = `${world.broker().gatewayUrl}/gateway/dataset/penguins/penguins.csv`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status === 200;
};
const refused = async (call: Promise<{ readonly ok: boolean }>): Promise<void> =>
  expect(await call).toMatchObject({ ok: false, error: { code: 'unavailable' } });
const stateOf = async (id: string): Promise<unknown> =>
  expectOk(await ana.grants({ limit: 200 })).grants.find((grant) => grant.id === id)?.state;

for (const fault of FAULTS) {
  const leftOut = isLeftOut(fault);
  const name = `grants nothing, ends what ends, and closes the gap: ${fault}`;
  const title = leftOut === null ? name : `${name}: left out, because ${leftOut}`;
  it.skipIf(leftOut !== null)(title, { timeout: 240_000 }, async () => {
    const state = path.join(world.folder, 'state');
    await world.stop();
    unmount = mountSmallDisk(state, '2m');
    await world.start();
    ana = await world.as('ana');
    const released = await collect(await submit(4 * HOUR_MS));
    const expiring = await collect(await submit(HOUR_MS));
    const waiting = await submit(4 * HOUR_MS);
    expect(await opens(released.token)).toBe(true);

    const broken = diskFault(fault, process.pid, state, 'broker.sqlite');
    const mend = await broken();
    await refused(ana.collect(waiting, newKey()));
    await refused(ana.submit({ ...WISH, durationMs: HOUR_MS }, newKey()));
    await refused(ana.release(released.id));
    await mend();
    // The end was ordered: the access is gone also while its record waits.
    expect(await opens(released.token)).toBe(false);
    world.clock.advance(MINUTE_MS);
    await world.broker().runDue();
    expect(await stateOf(released.id)).toBe('ended');

    // It breaks again over an end that is due, and the program stops before it is well.
    const mendLater = await broken();
    world.clock.advance(HOUR_MS);
    await world
      .broker()
      .runDue()
      .catch(() => undefined);
    await world.stop().catch(() => undefined);
    await mendLater();
    await world.start();
    expect(await opens(expiring.token)).toBe(false);
    expect(await stateOf(expiring.id)).toBe('ended');
    ana = await world.as('ana');
    const collected = await collect(waiting);
    expect(await opens(collected.token)).toBe(true);

    const { ledger } = world.broker();
    const count = await ledger.exportTo(exported);
    const verified = expectOk(await verifyExport({ folder: exported, keyFingerprint: ledger.keyFingerprint }));
    expect(verified).toMatchObject({ verdict: 'verified', records: count });
    const { read } = world.store();
    const records = await read.selectFrom('ledger_records').select('canonical').orderBy('sequence').execute();
    const texts = records.map(({ canonical }) => canonical);
    expect(new Set(uidsOf(texts)).size).toBe(texts.length);
    const ends = texts.map(readRecord).filter((fields) => fields?.kind === 'grant.ended');
    expect(ends.map((fields) => fields?.grantId)).toEqual([released.id, expiring.id]);
    const grants = expectOk(await ana.grants({ limit: 200 })).grants.map(({ id }) => id);
    expect(grants.toSorted()).toEqual([released.id, expiring.id, collected.id].toSorted());
  });
}
