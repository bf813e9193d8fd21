// What is approved can be issued: no duration is taken that leaves a token no whole second, however the clock stands.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, SECOND_MS } from '#shared/domain/time.ts';
import { approve, ask, hold, LEGISLATORS, nextMorning, PENGUINS } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const invalid = { ok: false, error: { code: 'invalid_request', status: 400 } };

describe('a duration that no token can say', () => {
  it.each([1, 999, 1000, 1999, 2001, HOUR_MS + 1])('of %d ms cannot be asked for or tried out', async (durationMs) => {
    const ana = await world.as('ana');
    expect(await ana.submit({ ...PENGUINS, durationMs }, newKey())).toMatchObject(invalid);
    expect(await ana.dryRun({ ...PENGUINS, durationMs })).toMatchObject(invalid);
  });

  it.each([1, 1000, 2500])('of %d ms is nothing to narrow to, and the request waits on', async (durationMs) => {
    const request = await ask(world, 'ana', LEGISLATORS);
    const { scopeHash, id } = request;
    const jo = await world.as('jo');
    expect(await jo.answer(id, { answer: 'approve', scopeHash, narrowTo: { durationMs } })).toMatchObject(invalid);
    expect(expectOk(await jo.request(id)).state).toBe('pending');
    await approve(world, 'jo', id, { durationMs: 2 * SECOND_MS });
    expectOk(await (await world.as('ana')).collect(id, newKey()));
  });
});

it.each([0, 1, 500, 999])('two seconds are issued also %d ms into a second', async (ms) => {
  world.clock.advance(ms);
  const { grant, credential } = await hold(world, 'ana', { ...PENGUINS, durationMs: 2 * SECOND_MS });
  expect(Date.parse(grant.endsAt) - world.clock.now()).toBe(2 * SECOND_MS);
  expect(Date.parse(credential.expiresAt)).toBeGreaterThan(world.clock.now());
});
