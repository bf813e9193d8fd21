// One person, two machines: what the other machine asked for and collected is not this one's to end.
import { expect, it } from 'vitest';
import { HOUR_MS } from '#shared/domain/time.ts';
import { openMachine, startDesk } from '#test/support/agent-world.ts';
import { expectOk, openWorld } from '#test/support/broker-world.ts';

it('leaves the access alone that another machine of the same person has collected, also after a restart', async () => {
  await using ending = new AsyncDisposableStack();
  const world = await openWorld();
  ending.defer(async () => await world.close());
  const machine = await openMachine(world);
  ending.defer(async () => await machine.close());
  const other = await world.as('ana', 'the other machine');
  let refused = 0;
  // This desktop sees the approved request too and begins; the other one is always a moment earlier.
  const host: typeof machine.host = {
    ...machine.host,
    fetch: async (request, user) => {
      const requestId = /\/v1\/requests\/([^/]+)\/collect$/.exec(request.url)?.[1];
      if (requestId === undefined) return await machine.host.fetch(request, user);
      await other.collect(requestId, 'collect-id-of-the-other');
      const answer = await machine.host.fetch(request, user);
      refused += answer.status === 409 ? 1 : 0;
      return answer;
    },
  };
  const desk = await startDesk({ ...machine, host });
  let stop = desk.stop;
  ending.defer(async () => await stop());
  await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
  const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  expectOk(await other.submit(wish, 'an-ask-of-the-other-machine'));
  await expect.poll(() => refused).toBe(1);
  await expect.poll(() => desk.agent.state().requests).toEqual([]);
  await desk.stop();
  const again = await startDesk({ ...machine, host });
  stop = again.stop;
  await expect.poll(() => again.agent.state().catalog.length).toBeGreaterThan(0);
  await again.advance(HOUR_MS / 60);
  const { grants } = expectOk(await other.grants({}));
  expect(grants.map(({ state, endReason }) => ({ state, endReason }))).toEqual([{ state: 'active', endReason: null }]);
});
