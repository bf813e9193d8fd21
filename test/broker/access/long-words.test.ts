// What people write may be long, and in any script: it is taken or refused, but never breaks anything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR_MS } from '#shared/domain/time.ts';
import { ask, hold, LEGISLATORS, PENGUINS } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => await world.close());

const CHARACTERS = {
  'one byte': 'a',
  'three bytes': '漢',
  'four bytes': '🦓',
  'a control character': '\u0001',
  'a quote': '"',
};

describe.each(Object.entries(CHARACTERS))('the longest text of %s', (_, character) => {
  it('justifies a request, answers it and revokes the grant, or is refused as too long', async () => {
    const ana = await world.as('ana');
    const text = (length: number): string => character.repeat(Math.floor(length / character.length));
    const submitted = await ana.submit(
      { ...PENGUINS, justification: text(2000), ticket: text(120), purpose: text(64) },
      newKey(),
    );
    if (!submitted.ok) expect(submitted.error.code).toBe('invalid_request');
    // Past the cooldown of the rejection of the round before.
    world.clock.advance(2 * HOUR_MS);
    const waiting = await ask(world, 'ana', LEGISLATORS);
    const jo = await world.as('jo');
    const answer = { answer: 'reject' as const, scopeHash: waiting.scopeHash, reason: text(1000) };
    const rejected = await jo.answer(waiting.id, answer);
    if (!rejected.ok) expect(rejected.error.code).toBe('invalid_request');
    const held = await hold(world, 'ana', PENGUINS);
    const revoked = await (await world.as('lee')).revoke(held.grant.id, text(1000));
    if (revoked.ok) expect(revoked.value.state).toBe('ended');
    else expect(revoked.error.code).toBe('invalid_request');
    expectOk(await held.client.release(held.grant.id));
  });
});
