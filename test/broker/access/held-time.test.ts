// The time that somebody has had a resource lately, which policy may limit.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { heldMs } from '#broker/access/ask.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
let ana: BrokerClient;
beforeEach(async () => {
  world = await openWorld();
  ana = await world.as('ana');
});
afterEach(async () => await world.close());

async function collect(durationMs: number): Promise<string> {
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs };
  const request = expectOk(await ana.submit(wish, newKey()));
  return expectOk(await ana.collect(request.id, newKey())).grant.id;
}

async function held(resource = 'dataset:penguins'): Promise<number> {
  const { read } = world.store();
  const grant = await read.selectFrom('grants').select('subject').executeTakeFirst();
  const requester = { subject: grant?.subject ?? 'nobody' };
  return await heldMs(read, { requester, resource: { id: resource } }, world.clock.now());
}

it('counts what was used: a grant that was given back early, one that ran out, and one that still runs', async () => {
  expect(await held()).toBe(0);
  const early = await collect(HOUR_MS);
  world.clock.advance(20 * MINUTE_MS);
  expect(await held()).toBe(20 * MINUTE_MS);
  expectOk(await ana.release(early));
  await collect(HOUR_MS);
  world.clock.advance(3 * HOUR_MS);
  // Before and after the end is on record alike.
  expect(await held()).toBe(80 * MINUTE_MS);
  await world.broker().runDue();
  expect(await held()).toBe(80 * MINUTE_MS);
  await collect(HOUR_MS);
  world.clock.advance(5 * MINUTE_MS);
  expect(await held()).toBe(85 * MINUTE_MS);
  expect(await held('dataset:weather')).toBe(0);
});

it('forgets what lies more than 30 days back, also in the middle of a grant', async () => {
  await collect(HOUR_MS);
  world.clock.advance(30 * DAY_MS + 45 * MINUTE_MS);
  expect(await held()).toBe(15 * MINUTE_MS);
  world.clock.advance(HOUR_MS);
  expect(await held()).toBe(0);
});
