// An extension that needs people, by a policy whose guard only a confirmation lifts: said at once, not after 24 hours.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, approve, collectAs, WEATHER } from '#test/support/access-steps.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => await world.close());

it('is denied when no number of approvals can settle it', async () => {
  // In the evening a person answers first, and gives less: from then on people lead.
  world.clock.advance(11 * HOUR_MS);
  const request = await ask(world, 'ana', { ...WEATHER, durationMs: 2 * HOUR_MS });
  await approve(world, 'jo', request.id, { durationMs: HOUR_MS });
  const first = await collectAs(world, 'ana', request.id);
  const more = { ...WEATHER, extends: first.grant.id, durationMs: 30 * MINUTE_MS };
  expect(expectOk(await first.client.dryRun(more)).decision.outcome).toBe('needs_approval');

  const guards = join(world.folder, 'policies', 'guards.cedar');
  const text = readFileSync(guards, 'utf8');
  const confirmedOnly = text.replace(
    'context.selfConfirmed || context.approvals.count >= 1 || principal',
    'context.selfConfirmed || principal',
  );
  expect(confirmedOnly).not.toBe(text);
  world.writeFile('policies/guards.cedar', confirmedOnly);
  expect((await world.broker().reload()).ok).toBe(true);
  expect(expectOk(await first.client.dryRun(WEATHER)).decision.outcome).toBe('needs_confirmation');
  const extension = await ask(world, 'ana', more);
  expect(extension).toMatchObject({ state: 'denied', decision: { code: 'no_eligible_approver' } });
});
