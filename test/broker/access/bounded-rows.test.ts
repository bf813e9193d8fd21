// What one person can leave lying about is bounded: requests that wait, whoever they wait for, and old keys.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { ask, collectAs, PENGUINS } from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld({ config: CONFIG.replace('pendingPerSubject: 1000', 'pendingPerSubject: 2') });
});
afterEach(async () => await world.close());

it('approved requests that nobody collects count as waiting', async () => {
  const ana = await world.as('ana');
  const first = await ask(world, 'ana', PENGUINS);
  const second = await ask(world, 'ana', PENGUINS);
  expect([first.state, second.state]).toEqual(['approved', 'approved']);
  const limited = { ok: false, error: { code: 'rate_limited', status: 429 } };
  expect(await ana.submit(PENGUINS, newKey())).toMatchObject(limited);
  await ask(world, 'max', PENGUINS);
  await collectAs(world, 'ana', first.id);
  const third = await ask(world, 'ana', PENGUINS);
  expect(await ana.submit(PENGUINS, newKey())).toMatchObject(limited);
  expectOk(await ana.withdraw(third.id));
  expectOk(await ana.submit(PENGUINS, newKey()));
});

it('an Idempotency-Key is forgotten after 7 days when its request is over, and never before', async () => {
  const ana = await world.as('ana');
  const [over, waiting] = [newKey(), newKey()];
  const done = expectOk(await ana.submit(PENGUINS, over));
  await collectAs(world, 'ana', done.id);
  const startAt = new Date(world.clock.now() + 30 * DAY_MS).toISOString();
  const scheduled = expectOk(await ana.submit({ ...PENGUINS, startAt }, waiting));
  world.clock.advance(7 * DAY_MS - MINUTE_MS);
  await world.broker().runDue();
  expect(expectOk(await ana.submit(PENGUINS, over)).id).toBe(done.id);
  world.clock.advance(HOUR_MS);
  await world.broker().runDue();
  expect(expectOk(await ana.submit({ ...PENGUINS, startAt }, waiting)).id).toBe(scheduled.id);
  const keys = await world.store().read.selectFrom('idempotency').select('key').execute();
  expect(keys.map(({ key }) => key)).toEqual([waiting]);
});
