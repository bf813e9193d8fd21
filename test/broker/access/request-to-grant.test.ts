// The way of a request to a grant and its end, over the API of a whole broker.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

const penguins = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };

describe('a request that policy approves', () => {
  it('becomes a grant whose token opens the dataset until its end', async () => {
    const ana = await world.as('ana');
    const request = expectOk(await ana.submit(penguins, newKey()));
    expect(request.state).toBe('approved');
    const { grant, credential } = expectOk(await ana.collect(request.id, newKey()));
    expect(grant).toMatchObject({ state: 'active', resource: { id: 'dataset:penguins' }, actions: ['read'] });
    expect(Date.parse(credential.expiresAt)).toBeLessThanOrEqual(Date.parse(grant.endsAt));
    const open = async (): Promise<number> => {
      const response = await fetch(`${credential.url}penguins.csv`, {
        headers: { authorization: `Bearer ${credential.secret}` },
      });
      await response.arrayBuffer();
      return response.status;
    };
    expect(await open()).toBe(200);
    world.clock.advance(HOUR_MS);
    expect(await open()).toBe(401);
    await world.broker().runDue();
    const [ended] = expectOk(await ana.grants()).grants;
    expect(ended).toMatchObject({ state: 'ended', endReason: 'expired', receipt: { lagMs: 0 } });
  });

  it('ends at once with Done', async () => {
    const ana = await world.as('ana');
    const request = expectOk(await ana.submit(penguins, newKey()));
    const { grant } = expectOk(await ana.collect(request.id, newKey()));
    world.clock.advance(MINUTE_MS);
    expect(expectOk(await ana.release(grant.id))).toMatchObject({ state: 'ended', endReason: 'released' });
  });
});
