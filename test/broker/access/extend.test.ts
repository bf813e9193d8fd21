// Extending: who must say yes to more time, what an extension may ask, and how it takes over.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import {
  approve,
  ask,
  collectAs,
  FINANCE,
  hold,
  LEGISLATORS,
  nextMorning,
  PENGUINS,
  storyOf,
  use,
  WEATHER,
} from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const refusal = (code: string) => ({ ok: false, error: { code } });

describe('an extension', () => {
  it('gives a credential to the new end; the old one works until it is given back, and ends as replaced', async () => {
    const first = await hold(world, 'ana', PENGUINS);
    world.clock.advance(50 * MINUTE_MS);
    const second = await hold(world, 'ana', { ...PENGUINS, extends: first.grant.id });
    expect(second.grant).toMatchObject({ extends: first.grant.id, state: 'active' });
    expect(Date.parse(second.grant.endsAt)).toBe(Date.parse(first.grant.endsAt) + HOUR_MS);
    expect(await use(world, first.credential, 'dataset:penguins')).toBe(200);
    const replaced = expectOk(await first.client.release(first.grant.id));
    expect(replaced).toMatchObject({ state: 'ended', endReason: 'replaced' });
    expect(await use(world, first.credential, 'dataset:penguins')).toBe(401);
    expect(await use(world, second.credential, 'dataset:penguins')).toBe(200);
    expect(expectOk(await second.client.release(second.grant.id)).endReason).toBe('released');
  });

  it('moves the version of the grant that it extends: an end that read the grant before is taken again', async () => {
    const first = await hold(world, 'ana', PENGUINS);
    const row = world.store().read.selectFrom('grants').select(['state', 'version']).where('id', '=', first.grant.id);
    const before = await row.executeTakeFirstOrThrow();
    const second = await hold(world, 'ana', { ...PENGUINS, extends: first.grant.id });
    expect(await row.executeTakeFirst()).toEqual({ state: 'active', version: before.version + 1 });
    for (const { id } of [first.grant, second.grant]) expectOk(await first.client.release(id));
  });

  it('that nobody gives back ends at its own time, and the new one goes on', async () => {
    const first = await hold(world, 'ana', PENGUINS);
    const second = await hold(world, 'ana', { ...PENGUINS, extends: first.grant.id });
    world.clock.set(Date.parse(first.grant.endsAt));
    await world.broker().runDue();
    expect(await use(world, first.credential, 'dataset:penguins')).toBe(401);
    expect(await use(world, second.credential, 'dataset:penguins')).toBe(200);
    world.clock.set(Date.parse(second.grant.endsAt));
    expect(await use(world, second.credential, 'dataset:penguins')).toBe(401);
  });

  it('past an end that people approved needs as many people again', async () => {
    const first = await hold(world, 'ana', FINANCE, ['sam', 'jo']);
    const request = await ask(world, 'ana', { ...FINANCE, extends: first.grant.id, durationMs: 30 * MINUTE_MS });
    expect(request).toMatchObject({ state: 'pending', decision: { needed: { count: 2, owner: true } } });
    await approve(world, 'jo', request.id);
    expect(await first.client.collect(request.id, newKey())).toMatchObject(refusal('state_conflict'));
    await approve(world, 'sam', request.id);
    const second = await collectAs(world, 'ana', request.id);
    expectOk(await first.client.release(first.grant.id));
    const third = await ask(world, 'ana', { ...FINANCE, extends: second.grant.id, durationMs: 10 * MINUTE_MS });
    expect(third).toMatchObject({ state: 'pending', decision: { needed: { count: 2, owner: true } } });
    expectOk(await second.client.release(second.grant.id));
  });

  it('past an end that a person chose needs a person, though policy alone would now do', async () => {
    // 07:30 in Berlin: internal data waits for a confirmation, but a person answers first and gives less.
    world.clock.advance(-2.5 * HOUR_MS + 24 * HOUR_MS);
    while ([0, 6].includes(new Date(world.clock.now()).getUTCDay())) world.clock.advance(24 * HOUR_MS);
    const request = await ask(world, 'ana', { ...WEATHER, durationMs: 2 * HOUR_MS });
    expect(request.decision.outcome).toBe('needs_confirmation');
    await approve(world, 'jo', request.id, { durationMs: HOUR_MS });
    const first = await collectAs(world, 'ana', request.id);
    world.clock.advance(45 * MINUTE_MS);
    // 08:15: whoever asks anew needs nobody.
    expect(expectOk(await first.client.dryRun(WEATHER)).decision.outcome).toBe('approved');
    const more = await ask(world, 'ana', { ...WEATHER, extends: first.grant.id });
    expect(more).toMatchObject({ state: 'pending', decision: { needed: { count: 1, owner: false } } });
    expect(more.decision.reasons.map(({ policyId }) => policyId)).toContain('daypass.extension');
    const confirmed = await first.client.confirm(more.id, more.scopeHash, 'dataset:weather');
    expect(confirmed).toMatchObject(refusal('state_conflict'));
    expectOk(await first.client.release(first.grant.id));
  });

  it('is for the actions, resource and device of its grant, by its holder', async () => {
    const first = await hold(world, 'ana', { ...LEGISLATORS, actions: ['read'] }, ['jo']);
    const extending = { ...LEGISLATORS, extends: first.grant.id };
    const tries = [
      [first.client, extending, 'invalid_request'],
      [first.client, { ...PENGUINS, extends: first.grant.id }, 'invalid_request'],
      [first.client, { ...extending, actions: ['read'], endsWith: 'operation' as const }, 'invalid_request'],
      [first.client, { ...extending, actions: ['read'], startAt: '2026-12-31T09:00:00Z' }, 'invalid_request'],
      [await world.as('ana', 'tablet'), { ...extending, actions: ['read'] }, 'state_conflict'],
      [await world.as('max'), { ...extending, actions: ['read'] }, 'not_found'],
      [await world.as('ana2'), { ...extending, actions: ['read'] }, 'not_found'],
    ] as const;
    for (const [client, wish, code] of tries) expect(await client.submit(wish, newKey())).toMatchObject(refusal(code));
    expectOk(await first.client.release(first.grant.id));
    const over = await first.client.submit({ ...extending, actions: ['read'] }, newKey());
    expect(over).toMatchObject(refusal('state_conflict'));
  });

  it('may take less than its grant has', async () => {
    const first = await hold(world, 'ana', LEGISLATORS, ['jo']);
    const second = await hold(world, 'ana', { ...LEGISLATORS, actions: ['read'], extends: first.grant.id }, ['jo']);
    expect(second.grant.actions).toEqual(['read']);
    expectOk(await first.client.release(first.grant.id));
    const back = await first.client.submit({ ...LEGISLATORS, extends: second.grant.id }, newKey());
    expect(back).toMatchObject(refusal('invalid_request'));
    expectOk(await second.client.release(second.grant.id));
  });

  it('counts the time that the grant had before against every limit', async () => {
    const first = await hold(world, 'ana', { ...LEGISLATORS, durationMs: 7 * HOUR_MS }, ['jo']);
    world.clock.advance(6 * HOUR_MS);
    const tooLong = await ask(world, 'ana', { ...LEGISLATORS, extends: first.grant.id, durationMs: 2 * HOUR_MS });
    expect(tooLong).toMatchObject({ state: 'denied', closeCode: 'over_max_duration' });
    const second = await hold(world, 'ana', { ...LEGISLATORS, extends: first.grant.id, durationMs: HOUR_MS }, ['jo']);
    expectOk(await first.client.release(first.grant.id));
    const more = await ask(world, 'ana', { ...LEGISLATORS, extends: second.grant.id, durationMs: MINUTE_MS });
    expect(more).toMatchObject({ state: 'denied', closeCode: 'over_max_duration' });
    expectOk(await second.client.release(second.grant.id));
  });

  it('takes the place of an earlier one that waits, unless it is denied itself', async () => {
    const first = await hold(world, 'ana', LEGISLATORS, ['jo']);
    const waiting = await ask(world, 'ana', { ...LEGISLATORS, extends: first.grant.id });
    const denied = await ask(world, 'ana', { ...LEGISLATORS, extends: first.grant.id, durationMs: 40 * HOUR_MS });
    expect(denied.state).toBe('denied');
    expect(expectOk(await first.client.request(waiting.id)).state).toBe('pending');
    const newer = await ask(world, 'ana', { ...LEGISLATORS, extends: first.grant.id, durationMs: 2 * HOUR_MS });
    expect(expectOk(await first.client.request(waiting.id)).state).toBe('superseded');
    expect((await storyOf(world, waiting.id)).at(-1)).toMatchObject({
      kind: 'request.closed',
      data: { state: 'superseded' },
    });
    expect(newer.state).toBe('pending');
    expectOk(await first.client.release(first.grant.id));
  });

  it('is given once: a second one of the same grant is refused while the first has taken over', async () => {
    const first = await hold(world, 'ana', PENGUINS);
    const one = await ask(world, 'ana', { ...PENGUINS, extends: first.grant.id });
    const two = await ask(world, 'ana', { ...PENGUINS, extends: first.grant.id, durationMs: 3 * HOUR_MS });
    expect([one.state, two.state]).toEqual(['approved', 'approved']);
    const second = await collectAs(world, 'ana', one.id);
    expect(await first.client.collect(two.id, newKey())).toMatchObject(refusal('state_conflict'));
    expect(expectOk(await first.client.request(two.id))).toMatchObject({ state: 'denied', closeCode: 'grant_over' });
    const again = await first.client.submit({ ...PENGUINS, extends: first.grant.id }, newKey());
    expect(again).toMatchObject(refusal('state_conflict'));
    expectOk(await first.client.release(first.grant.id));
    expectOk(await second.client.release(second.grant.id));
  });

  it('of a grant that ended before it was collected is denied', async () => {
    const first = await hold(world, 'ana', PENGUINS);
    const more = await ask(world, 'ana', { ...PENGUINS, extends: first.grant.id });
    expectOk(await (await world.as('lee')).revoke(first.grant.id, 'Enough.'));
    expect(await first.client.collect(more.id, newKey())).toMatchObject(refusal('state_conflict'));
    expect(expectOk(await first.client.request(more.id))).toMatchObject({ state: 'denied', closeCode: 'grant_over' });
  });
});
