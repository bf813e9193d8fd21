// After a rejection the same is not asked again for a while, by no account of the person; less of it may be.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Wish } from '#shared/client/broker-client.ts';
import { asksAgain } from '#broker/access/cooldown.ts';
import type { Scope } from '#shared/domain/scope.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { approve, ask, FINANCE, LEGISLATORS, nextMorning } from '#test/support/access-steps.ts';
import { expectOk, newKey, type World } from '#test/support/broker-world.ts';
import { catalogWith, openTeamWorld } from '#test/support/team-world.ts';

let world: World;
beforeAll(async () => {
  world = await openTeamWorld({ catalog: catalogWith('dataset:legislators', ['approvals: { cooldown: PT2H }']) });
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

async function reject(user: string, wish: Wish, by = 'jo'): Promise<void> {
  const request = await ask(world, user, wish);
  expectOk(await (await world.as(by)).answer(request.id, { answer: 'reject', scopeHash: request.scopeHash }));
}
const outcomes = async (user: string, wish: Wish) => {
  const client = await world.as(user);
  const preview = expectOk(await client.dryRun(wish)).decision;
  const request = expectOk(await client.submit(wish, newKey()));
  expect(request.decision).toMatchObject({ outcome: preview.outcome, code: preview.code, retryAt: preview.retryAt });
  return { state: request.state, code: preview.code, retryAt: preview.retryAt };
};

describe('the same after a rejection', () => {
  it('is refused for the cooldown of the resource, in the dry run too, and says when to come back', async () => {
    await reject('ana', LEGISLATORS);
    const retryAtMs = world.clock.now() + 2 * HOUR_MS;
    const refused = { state: 'denied', code: 'cooldown', retryAt: new Date(retryAtMs).toISOString() };
    expect(await outcomes('ana', LEGISLATORS)).toEqual(refused);
    world.clock.set(retryAtMs - 1);
    expect(await outcomes('ana', LEGISLATORS)).toEqual(refused);
    world.clock.set(retryAtMs);
    expect(await outcomes('ana', LEGISLATORS)).toMatchObject({ state: 'pending' });
  });

  it('is refused for an hour where nobody says how long', async () => {
    await reject('ana', FINANCE);
    expect(await outcomes('ana', { ...FINANCE, purpose: 'other', justification: 'Other words' })).toMatchObject({
      code: 'cooldown',
    });
    world.clock.advance(HOUR_MS);
    expect(await outcomes('ana', FINANCE)).toMatchObject({ state: 'pending' });
  });

  it('is refused with more on top, but not with less: fewer actions, or half the time', async () => {
    await reject('ana', { ...LEGISLATORS, actions: ['read'] });
    expect(await outcomes('ana', LEGISLATORS)).toMatchObject({ code: 'cooldown' });
    expect(await outcomes('ana', { ...LEGISLATORS, actions: ['read'], durationMs: 59 * MINUTE_MS })).toMatchObject({
      code: 'cooldown',
    });
    expect(await outcomes('ana', { ...LEGISLATORS, actions: ['read_pii'] })).toMatchObject({ state: 'pending' });
    expect(await outcomes('ana', { ...LEGISLATORS, actions: ['read'], durationMs: 30 * MINUTE_MS })).toMatchObject({
      state: 'pending',
    });
  });

  it('is no matter for other people, and other resources', async () => {
    await reject('ana', LEGISLATORS);
    expect(await outcomes('max', LEGISLATORS)).toMatchObject({ state: 'pending' });
    expect(await outcomes('ana', FINANCE)).toMatchObject({ state: 'pending' });
  });

  it('counts what stood when it was rejected, and not what was withdrawn', async () => {
    const narrowed = await ask(world, 'ana', FINANCE);
    await approve(world, 'sam', narrowed.id, { durationMs: 10 * MINUTE_MS });
    const jo = await world.as('jo');
    const { scopeHash } = expectOk(await jo.request(narrowed.id));
    expectOk(await jo.answer(narrowed.id, { answer: 'reject', scopeHash }));
    expect(await outcomes('ana', { ...FINANCE, durationMs: 10 * MINUTE_MS })).toMatchObject({ code: 'cooldown' });
    const taken = await ask(world, 'max', FINANCE);
    expectOk(await (await world.as('max')).withdraw(taken.id));
    expect(await outcomes('max', FINANCE)).toMatchObject({ state: 'pending' });
  });
});

describe('asking the same again', () => {
  const scope = (actions: readonly string[], durationMs: number): Scope => ({
    subject: 's',
    device: 'd',
    resource: 'dataset:a',
    catalogHash: 'h',
    actions,
    purpose: 'p',
    durationMs,
    startAtMs: null,
    breakGlass: false,
  });

  it('cannot be worn down: however one asks for less, there are few steps to nothing', () => {
    const names = ['a', 'b', 'c', 'd'];
    const wishes = fc.array(fc.tuple(fc.subarray(names, { minLength: 1 }), fc.integer({ min: 2, max: 64 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(wishes, (asked) => {
        const rejected: Scope[] = [];
        for (const [actions, hours] of asked) {
          const wish = scope(actions, hours * HOUR_MS);
          if (!rejected.some((no) => asksAgain(wish, no))) rejected.push(wish);
        }
        // Six halvings for each set of actions, at most.
        expect(rejected.length).toBeLessThanOrEqual(15 * 6);
      }),
    );
  });
});
