// Each event is authorised when it is sent, live or replayed, for the person whom this very token proves: what somebody
// may not see any more is not in a replay either, however early it asks to begin.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { ask, LEGISLATORS } from '#test/support/access-steps.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { readEvents } from '../events/event-readers.ts';

let world: HttpWorld;
beforeEach(async () => {
  world = await openHttpWorld();
});
afterEach(async () => {
  await world.close();
});

/** The requests that a replay from the very beginning tells of, once the reader has come to `mark`. */
async function requestsToldTo(user: string, mark: string): Promise<ReadonlySet<string | null>> {
  const reader = await readEvents(world, user, 0);
  await reader.until('request.submitted', mark);
  await reader.stop();
  return new Set(reader.seen.map(({ requestId }) => requestId));
}

describe('a replay of events', () => {
  it('tells an approver of what they may answer, and no longer once they may not', async () => {
    const asked = await ask(world, 'ana', LEGISLATORS);
    expect(await requestsToldTo('jo', asked.id)).toContain(asked.id);
    world.clock.advance(SECOND_MS);
    world.signIn('jo', { claims: { roles: ['analyst'], teams: ['vision'] } });
    const own = await ask(world, 'jo', { ...LEGISLATORS, resource: 'dataset:penguins', actions: ['read'] });
    expect(await requestsToldTo('jo', own.id)).not.toContain(asked.id);
  });

  it('tells nobody else, and never one person with the token of another', async () => {
    const asked = await ask(world, 'ana', LEGISLATORS);
    const own = await ask(world, 'max', { ...LEGISLATORS, resource: 'dataset:penguins', actions: ['read'] });
    expect(await requestsToldTo('max', own.id)).not.toContain(asked.id);
    world.clock.advance(SECOND_MS);
    expect(await requestsToldTo('ana', asked.id)).not.toContain(own.id);
  });

  it('needs a token, and ends when that is over', async () => {
    const stream = () => new Request(`${BASE_URL}/v1/events`, { headers: { 'last-event-id': '0' } });
    expect((await world.callWith(stream(), null)).status).toBe(401);
    const old = await world.tokenFor('ana');
    const reader = await readEvents(world, 'ana', 0);
    world.clock.advance(2 * HOUR_MS);
    await world.broker().runDue();
    await reader.ended;
    expect((await world.callWith(stream(), `Bearer ${old}`)).status).toBe(401);
  });

  it('ends when its reader has to prove themselves anew, long before the token does', async () => {
    const strict = await openHttpWorld({ oidc: { reproveWithin: 'PT5M' } });
    try {
      const reader = await readEvents(strict, 'ana', 0);
      strict.clock.advance(5 * MINUTE_MS);
      await strict.broker().runDue();
      await reader.ended;
    } finally {
      await strict.close();
    }
  });
});
