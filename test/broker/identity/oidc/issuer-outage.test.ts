// While the issuer cannot be reached, known keys go on working for a bounded time; then nobody can tell, and says so.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KEYS_KEPT_MS } from '#broker/identity/oidc/issuer-keys.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { standaloneWorld, type StandaloneWorld } from '#test/support/standalone-world.ts';

let world: StandaloneWorld;
beforeEach(async () => {
  world = await standaloneWorld();
});
afterEach(async () => {
  await world.close();
});

const me = async (): Promise<number> => (await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status;
const ready = async (): Promise<number> => (await world.call(new Request(`${BASE_URL}/readyz`), null)).status;

it('known keys work on, then callers are told that nobody can be recognised, not that they are nobody', async () => {
  world.issuer.setDown(true);
  world.clock.advance(KEYS_KEPT_MS - SECOND_MS);
  expect([await me(), await ready()]).toEqual([200, 200]);
  world.clock.advance(2 * SECOND_MS);
  expect([await me(), await ready()]).toEqual([503, 503]);
  world.issuer.setDown(false);
  world.clock.advance(10 * SECOND_MS);
  expect([await me(), await ready()]).toEqual([200, 200]);
});

it('a start without the issuer is not ready, lets nobody in, and mends by itself', async () => {
  await world.stop();
  world.issuer.setDown(true);
  await world.start();
  expect([await me(), await ready()]).toEqual([503, 503]);
  world.issuer.setDown(false);
  world.clock.advance(10 * SECOND_MS);
  expect([await ready(), await me()]).toEqual([200, 200]);
});

it('a new key is learned when a token names it, an old one is forgotten when it is published no more', async () => {
  const old = await world.tokenFor('ana');
  await world.issuer.rotate({ forgetEarlier: true });
  world.clock.advance(11 * SECOND_MS);
  expect(await me()).toBe(200);
  expect((await world.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${old}`)).status).toBe(401);
});

it('made-up key ids do not make the broker ask the issuer again and again', async () => {
  world.clock.advance(MINUTE_MS);
  const before = world.issuer.reads();
  for (let index = 0; index < 20; index += 1) {
    const token = await world.issuer.sign({ sub: 'ana' }, { kid: `made-up-${index}` });
    expect((await world.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${token}`)).status).toBe(401);
  }
  expect(world.issuer.reads() - before).toBe(1);
});

it('a token with an unknown key is no proof of anything while the issuer is away', async () => {
  world.clock.advance(MINUTE_MS);
  world.issuer.setDown(true);
  await world.issuer.rotate();
  expect(await me()).toBe(503);
});
