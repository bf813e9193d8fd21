// An issuer that never answers for one grant must not keep another grant from its end.
import { afterEach, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: World;
afterEach(async () => {
  await world.close();
});

it('ends what is due although the issuer hangs on another grant, which stays alarmed and refused', async () => {
  let hanging: string | null = null;
  world = await openWorld({
    config: CONFIG.replace('limits: {', 'limits: { issuerTimeout: PT1S,'),
    wrapIssuer: (issuer) => ({
      ...issuer,
      revoke: async (id) => (id === hanging ? await new Promise<never>(() => undefined) : await issuer.revoke(id)),
    }),
  });
  const ana = await world.as('ana');
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation' };
  const collect = async (durationMs: number) => {
    const request = expectOk(await ana.submit({ ...wish, durationMs }, newKey()));
    return expectOk(await ana.collect(request.id, newKey()));
  };
  const first = await collect(MINUTE_MS);
  const second = await collect(2 * MINUTE_MS);
  hanging = first.credential.id;
  world.clock.advance(HOUR_MS);
  await world.broker().runDue();
  const states = new Map(expectOk(await ana.grants()).grants.map((grant) => [grant.id, grant.state]));
  expect(states.get(second.grant.id)).toBe('ended');
  expect(states.get(first.grant.id)).toBe('revoke_failed');
  const call = await fetch(`${first.credential.url}penguins.csv`, {
    headers: { authorization: `Bearer ${first.credential.secret}` },
  });
  expect(call.status).toBe(401);
});
