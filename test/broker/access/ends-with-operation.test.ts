// A grant that ends with its task gives one completed call, also when the broker stops right after that call.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectedView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
let collected: CollectedView;

beforeEach(async () => {
  world = await openWorld();
  const ana = await world.as('ana');
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  const request = expectOk(await ana.submit({ ...wish, endsWith: 'operation' }, newKey()));
  collected = expectOk(await ana.collect(request.id, newKey()));
});
afterEach(async () => {
  await world.close();
});

async function open(file = 'penguins.csv'): Promise<number> {
  const url = `${world.broker().gatewayUrl}/gateway/dataset/penguins/${file}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${collected.credential.secret}` } });
  await response.arrayBuffer();
  return response.status;
}

/** What a stop between the record of a call and the end of its grant leaves behind: the grant still active. */
async function reviveGrant(): Promise<void> {
  await world.store().transaction(async (tx) => {
    const alive = { state: 'active', end_reason: null, receipt: null, ended_at_ms: null } as const;
    await tx.updateTable('grants').set(alive).where('id', '=', collected.grant.id).execute();
    await tx.updateTable('credentials').set({ state: 'issued', revoked_at_ms: null }).execute();
  });
}

async function endReason(): Promise<string | null | undefined> {
  return expectOk(await (await world.as('ana')).grants()).grants[0]?.endReason;
}

describe('a grant that ends with its operation', () => {
  it('ends after the first completed call, not after a failed one', async () => {
    expect(await open('nothing.csv')).toBe(404);
    // An answer is out before its end is on record: until then the one place is taken, and a call is told so (409).
    await expect.poll(async () => await open()).toBe(200);
    expect([401, 409]).toContain(await open());
    await expect.poll(endReason).toBe('operation_done');
    expect(await open()).toBe(401);
  });

  it('gives no second call when the broker stopped between the record of the call and the end of the grant', async () => {
    expect(await open()).toBe(200);
    await expect.poll(endReason).toBe('operation_done');
    await reviveGrant();
    await world.stop();
    await world.start();
    expect(await open()).toBe(401);
    expect(await endReason()).toBe('operation_done');
  });

  it('still gives its call after a restart when only failed calls were made', async () => {
    expect(await open('nothing.csv')).toBe(404);
    await world.stop();
    await world.start();
    expect(await open()).toBe(200);
  });

  it('gives no second call to who hung up in the middle, also over a stop', async () => {
    writeFileSync(join(world.folder, 'data', 'penguins', 'large.bin'), Buffer.alloc(32 * 1024 * 1024));
    const hangUp = new AbortController();
    const response = await fetch(`${world.broker().gatewayUrl}/gateway/dataset/penguins/large.bin`, {
      headers: { authorization: `Bearer ${collected.credential.secret}` },
      signal: hangUp.signal,
    });
    await response.body?.getReader().read();
    hangUp.abort();
    await expect.poll(endReason).toBe('operation_done');
    await reviveGrant();
    await world.stop();
    await world.start();
    expect(await open()).toBe(401);
    expect(await endReason()).toBe('operation_done');
  });

  it('gives no second call when the broker died in the middle of one: nobody knows how far it came', async () => {
    await world.store().transaction(async (tx) => {
      const { subject, resource } = await tx.selectFrom('grants').selectAll().executeTakeFirstOrThrow();
      const { id: grant_id, requestId: request_id } = collected.grant;
      await tx
        .insertInto('gateway_open_uses')
        .values({ use_id: 'use_cut', grant_id, request_id, subject, resource })
        .execute();
    });
    await world.stop();
    await world.start();
    expect(await open()).toBe(401);
    expect(await endReason()).toBe('operation_done');
  });

  it('finds the call behind any number of failed ones', async () => {
    for (let failed = 0; failed < 520; failed += 1) expect(await open('nothing.csv')).toBe(404);
    expect(await open()).toBe(200);
    await expect.poll(endReason).toBe('operation_done');
    await reviveGrant();
    await world.stop();
    await world.start();
    expect(await open()).toBe(401);
  }, 60_000);
});
