// Ending: by the holder, an owner, an admin, the clock or the task; each end has a receipt and touches nothing else.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { hold, kindsOf, LEGISLATORS, nextMorning, PENGUINS, storyOf, use } from '#test/support/access-steps.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { createGatedIssuer } from '#test/support/gated-issuer.ts';

const gates = createGatedIssuer();
let world: World;
beforeAll(async () => {
  world = await openWorld({ wrapIssuer: gates.wrap });
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const refusal = (code: string, status: number) => ({ ok: false, error: { code, status } });

describe('ending a grant', () => {
  it('never ends another grant of the same person for the same resource', async () => {
    const short = await hold(world, 'ana', PENGUINS);
    const long = await hold(world, 'ana', { ...PENGUINS, durationMs: 2 * HOUR_MS });
    const other = await hold(world, 'ana', { ...PENGUINS, durationMs: 3 * HOUR_MS });
    expectOk(await other.client.release(other.grant.id));
    expect(await use(world, short.credential, 'dataset:penguins')).toBe(200);
    expect(await use(world, long.credential, 'dataset:penguins')).toBe(200);
    world.clock.advance(HOUR_MS);
    await world.broker().runDue();
    expect(await use(world, short.credential, 'dataset:penguins')).toBe(401);
    expect(await use(world, long.credential, 'dataset:penguins')).toBe(200);
    const active = expectOk(await long.client.grants({ state: 'active' })).grants.map(({ id }) => id);
    expect(active).toEqual([long.grant.id]);
    expectOk(await long.client.release(long.grant.id));
  });

  it('twice is ending it once, with the first reason', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const first = expectOk(await held.client.release(held.grant.id));
    world.clock.advance(MINUTE_MS);
    expect(expectOk(await held.client.release(held.grant.id))).toEqual(first);
    const late = expectOk(await (await world.as('lee')).revoke(held.grant.id, 'Too late.'));
    expect(late).toMatchObject({ state: 'ended', endReason: 'released', receipt: first.receipt });
    const story = kindsOf(await storyOf(world, held.request.id)).slice(-3);
    expect(story).toEqual(['grant.revoking', 'credential.revoked', 'grant.ended']);
  });

  it('many times at once is ending it once', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const lee = await world.as('lee');
    const ends = await Promise.all([
      ...Array.from({ length: 4 }, async () => await held.client.release(held.grant.id)),
      ...Array.from({ length: 4 }, async () => await lee.revoke(held.grant.id, 'At the same time.')),
    ]);
    for (const end of ends) expect(expectOk(end).endReason).not.toBeNull();
    const story = kindsOf(await storyOf(world, held.request.id));
    for (const kind of ['grant.revoking', 'credential.revoked', 'grant.ended'])
      expect(story.filter((one) => one === kind)).toHaveLength(1);
  });

  it('by an owner of the resource or an admin needs a reason, which is on record but not in clear', async () => {
    const reason = 'The incident of Tuesday concerns this data set.';
    const byOwner = await hold(world, 'ana', LEGISLATORS, ['jo']);
    const jo = await world.as('jo');
    expect(await jo.revoke(byOwner.grant.id, '')).toMatchObject(refusal('invalid_request', 400));
    expect(await jo.revoke(byOwner.grant.id, '   ')).toMatchObject(refusal('invalid_request', 400));
    const ended = expectOk(await jo.revoke(byOwner.grant.id, reason));
    expect(ended).toMatchObject({ state: 'ended', endReason: 'revoked' });
    expect(await use(world, byOwner.credential, 'dataset:legislators')).toBe(401);
    // Its holder reads why.
    const [mine] = expectOk(await byOwner.client.grants({ state: 'ended' })).grants;
    expect(mine).toMatchObject({ id: byOwner.grant.id, endWords: reason });
    const revoking = (await storyOf(world, byOwner.request.id)).find(({ kind }) => kind === 'grant.revoking');
    expect(revoking).toMatchObject({
      actor: expectOk(await jo.me()).subject,
      sealed: true,
      data: { reason: 'revoked' },
    });
    expect(revoking?.text).not.toContain('incident of Tuesday');
    const byAdmin = await hold(world, 'ana', PENGUINS);
    expectOk(await (await world.as('lee')).revoke(byAdmin.grant.id, reason));
  });

  it('by anybody else finds no grant, and the holder is pointed to Done', async () => {
    const held = await hold(world, 'ana', LEGISLATORS, ['jo']);
    for (const user of ['sam', 'max', 'eve', 'warehouse'])
      expect(await (await world.as(user)).revoke(held.grant.id, 'No.')).toMatchObject(refusal('not_found', 404));
    for (const user of ['jo', 'lee', 'max', 'ana2'])
      expect(await (await world.as(user)).release(held.grant.id)).toMatchObject(refusal('not_found', 404));
    expect(await held.client.revoke(held.grant.id, 'Mine.')).toMatchObject(refusal('forbidden', 403));
    expect(await use(world, held.credential, 'dataset:legislators')).toBe(200);
    expectOk(await held.client.release(held.grant.id));
  });

  it('by the clock has a receipt that says how late it was', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    world.clock.advance(HOUR_MS + 1500);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    await world.broker().runDue();
    const ended = expectOk(await held.client.grants()).grants.find(({ id }) => id === held.grant.id);
    expect(ended).toMatchObject({ state: 'ended', endReason: 'expired', receipt: { lagMs: 1500 } });
    expect((await storyOf(world, held.request.id)).at(-1)).toMatchObject({
      kind: 'grant.ended',
      actor: 'broker',
      data: { reason: 'expired', receipt: { lagMs: 1500 } },
    });
  });

  it('that the issuer fails is seen, refused at the gateway all the same, and tried until it is done', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    gates.failWhen((step) => step === 'revoke');
    const failed = expectOk(await held.client.release(held.grant.id));
    expect(failed).toMatchObject({ state: 'revoke_failed', endReason: 'released', receipt: null });
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    for (let tries = 0; tries < 6; tries += 1) {
      world.clock.advance(MINUTE_MS);
      await world.broker().runDue();
    }
    gates.failWhen((step) => step === 'probe');
    world.clock.advance(MINUTE_MS);
    await world.broker().runDue();
    expect(expectOk(await held.client.grants({ state: 'revoke_failed' })).grants.map(({ id }) => id)).toEqual([
      held.grant.id,
    ]);
    gates.failWhen(() => false);
    world.clock.advance(MINUTE_MS);
    await world.broker().runDue();
    const done = expectOk(await held.client.grants()).grants.find(({ id }) => id === held.grant.id);
    expect(done).toMatchObject({ state: 'ended', endReason: 'released', receipt: { lagMs: 8 * MINUTE_MS } });
    const story = await storyOf(world, held.request.id);
    const attempts = story.filter(({ kind }) => kind === 'grant.revoke_failed').map(({ data }) => data['attempt']);
    expect(attempts).toEqual([1, 2, 4, 8]);
  });

  it('of one grant is not kept up by another whose issuer fails', async () => {
    const stuck = await hold(world, 'ana', PENGUINS);
    gates.failWhen((step) => step === 'revoke');
    expectOk(await stuck.client.release(stuck.grant.id));
    gates.failWhen(() => false);
    const fine = await hold(world, 'max', PENGUINS);
    world.clock.advance(HOUR_MS);
    await world.broker().runDue();
    for (const held of [stuck, fine]) {
      const grant = expectOk(await held.client.grants()).grants.find(({ id }) => id === held.grant.id);
      expect(grant?.state).toBe('ended');
    }
  });
});

describe('a grant that ends with its task', () => {
  it('ends with its first completed call, and is refused from then on', async () => {
    const held = await hold(world, 'ana', { ...PENGUINS, endsWith: 'operation' });
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(200);
    // The answer is out before its end is on record: until then the one place is taken.
    expect([401, 409]).toContain(await use(world, held.credential, 'dataset:penguins'));
    const ended = await eventuallyEnded(held);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    expect(ended).toMatchObject({ state: 'ended', endReason: 'operation_done' });
  });

  it('ends at its time when nobody calls', async () => {
    const held = await hold(world, 'ana', { ...PENGUINS, endsWith: 'operation' });
    world.clock.advance(HOUR_MS);
    await world.broker().runDue();
    expect(await eventuallyEnded(held)).toMatchObject({ state: 'ended', endReason: 'expired' });
  });

  async function eventuallyEnded(held: Awaited<ReturnType<typeof hold>>): Promise<unknown> {
    for (;;) {
      const grant = expectOk(await held.client.grants()).grants.find(({ id }) => id === held.grant.id);
      if (grant?.state === 'ended') return grant;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
});
