// Taking back an approval before it is collected: by an owner or an admin, with a reason, and for good.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  approve,
  ask,
  collectAs,
  kindsOf,
  LEGISLATORS,
  nextMorning,
  storyOf,
  WEATHER,
} from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const refusal = (code: string, status: number) => ({ ok: false, error: { code, status } });
const REASON = 'The contract with Ana ended on Monday.';

describe('revoking an approved request', () => {
  it.each(['jo', 'lee'])('as %s leaves nothing to collect, and is on record with its reason sealed', async (user) => {
    const request = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'sam', request.id);
    const revoker = await world.as(user);
    expect(expectOk(await revoker.request(request.id)).state).toBe('approved');
    expect(await revoker.revokeRequest(request.id, '  ')).toMatchObject(refusal('invalid_request', 400));
    const revoked = expectOk(await revoker.revokeRequest(request.id, REASON));
    expect(revoked).toMatchObject({ state: 'revoked', lapsesAt: null, grantId: null });
    expect(expectOk(await revoker.revokeRequest(request.id, 'Again.'))).toEqual(revoked);

    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject(refusal('state_conflict', 409));
    expect(expectOk(await ana.request(request.id)).state).toBe('revoked');
    const story = await storyOf(world, request.id);
    expect(kindsOf(story).filter((kind) => kind === 'request.closed')).toHaveLength(1);
    const { subject } = expectOk(await revoker.me());
    expect(story.at(-1)).toMatchObject({ actor: subject, sealed: true, data: { state: 'revoked' } });
    expect(story.at(-1)?.text).not.toContain('contract with Ana');
  });

  it('finds none for anybody else, and points the requester to withdraw', async () => {
    const request = await ask(world, 'ana', WEATHER);
    expect(request.state).toBe('approved');
    for (const user of ['sam', 'max', 'eve', 'warehouse']) {
      const other = await world.as(user);
      expect(await other.revokeRequest(request.id, REASON)).toMatchObject(refusal('not_found', 404));
      expect(await other.request(request.id)).toMatchObject(refusal('not_found', 404));
    }
    const ana = await world.as('ana');
    expect(await ana.revokeRequest(request.id, REASON)).toMatchObject(refusal('forbidden', 403));
    expectOk(await ana.collect(request.id, newKey()));
  });

  it('is not for one that waits, was collected, or lapsed', async () => {
    const lee = await world.as('lee');
    const waiting = await ask(world, 'ana', LEGISLATORS);
    expect(await lee.revokeRequest(waiting.id, REASON)).toMatchObject(refusal('state_conflict', 409));
    const held = await collectAs(world, 'ana', (await ask(world, 'ana', WEATHER)).id);
    expect(await lee.revokeRequest(held.request.id, REASON)).toMatchObject(refusal('state_conflict', 409));
    expectOk(await held.client.release(held.grant.id));
    const late = await ask(world, 'ana', WEATHER);
    world.clock.set(Date.parse(late.lapsesAt ?? ''));
    expect(await lee.revokeRequest(late.id, REASON)).toMatchObject(refusal('state_conflict', 409));
    expect(expectOk(await lee.request(late.id)).state).toBe('lapsed');
  });

  it('against a collect at the same time leaves one of the two', async () => {
    const request = await ask(world, 'ana', WEATHER);
    const [ana, lee] = [await world.as('ana'), await world.as('lee')];
    const [collected, revoked] = await Promise.all([
      ana.collect(request.id, newKey()),
      lee.revokeRequest(request.id, REASON),
    ]);
    expect(collected.ok).toBe(!revoked.ok);
    expect(expectOk(await lee.request(request.id)).state).toBe(collected.ok ? 'fulfilled' : 'revoked');
  });
});
