// Confirming for oneself: typed, recorded for what it is, and never an approval.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS } from '#shared/domain/time.ts';
import { ask, collectAs, kindsOf, LEGISLATORS, nextMorning, storyOf, WEATHER } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await nextMorning(world);
  // In the evening internal data asks for a confirmation.
  world.clock.advance(13 * HOUR_MS);
});
afterAll(async () => await world.close());

describe('a confirmation', () => {
  it('by typing the resource approves the request, and is recorded as self-confirmed, never as an approval', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', WEATHER);
    expect(request).toMatchObject({ state: 'pending', decision: { outcome: 'needs_confirmation', needed: null } });
    const confirmed = expectOk(await ana.confirm(request.id, request.scopeHash, 'dataset:weather'));
    expect(confirmed).toMatchObject({ state: 'approved', selfConfirmed: true, answers: [] });
    const held = await collectAs(world, 'ana', request.id);
    const story = await storyOf(world, request.id);
    expect(kindsOf(story)).toEqual([
      'request.submitted',
      'request.decided',
      'request.self_confirmed',
      'request.approved',
      'grant.issued',
    ]);
    const { subject } = expectOk(await ana.me());
    expect(story[2]).toMatchObject({ actor: subject, data: { scopeHash: request.scopeHash } });
    expect(expectOk(await ana.confirm(request.id, request.scopeHash, 'dataset:weather')).state).toBe('fulfilled');
    expectOk(await ana.release(held.grant.id));
  });

  it.each(['', 'dataset:penguins', 'Dataset:weather', 'weather', 'yes'])('with %j typed is refused', async (typed) => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', WEATHER);
    const refused = await ana.confirm(request.id, request.scopeHash, typed);
    expect(refused).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
    expect(expectOk(await ana.request(request.id))).toMatchObject({ state: 'pending', selfConfirmed: false });
  });

  it('of another scope is refused', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', WEATHER);
    expect(await ana.confirm(request.id, 'a'.repeat(64), 'dataset:weather')).toMatchObject({
      ok: false,
      error: { code: 'scope_changed' },
    });
  });

  it('by anybody but the requester is no request at all', async () => {
    const request = await ask(world, 'ana', WEATHER);
    for (const user of ['ana2', 'max', 'jo', 'lee'])
      expect(await (await world.as(user)).confirm(request.id, request.scopeHash, 'dataset:weather')).toMatchObject({
        ok: false,
        error: { code: 'not_found' },
      });
  });

  it('cannot take the place of people', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', LEGISLATORS);
    expect(await ana.confirm(request.id, request.scopeHash, 'dataset:legislators')).toMatchObject({
      ok: false,
      error: { code: 'state_conflict' },
    });
    expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
  });
});
