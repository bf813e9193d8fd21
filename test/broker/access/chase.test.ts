// A request that nobody answers: nudged by its requester, brought to mind and escalated by policy, once each.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import {
  approve,
  ask,
  FINANCE,
  kindsOf,
  LEGISLATORS,
  nextMorning,
  storyOf,
  WEATHER,
} from '#test/support/access-steps.ts';
import { expectOk, type World } from '#test/support/broker-world.ts';
import { catalogWith, openTeamWorld, TEAM_CONFIG } from '#test/support/team-world.ts';

let world: World;
beforeAll(async () => {
  world = await openTeamWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const CHASES = ['request.nudged', 'request.reminded', 'request.escalated'];
const chasesOf = async (id: string): Promise<readonly string[]> =>
  kindsOf(await storyOf(world, id)).filter((kind) => CHASES.includes(kind));
const pass = async (byMs: number): Promise<void> => {
  world.clock.advance(byMs);
  await world.broker().runDue();
};
const waitsFor = async (user: string): Promise<readonly string[]> =>
  expectOk(await (await world.as(user)).requests({ role: 'approver' })).requests.map(({ id }) => id);

describe('a nudge', () => {
  it('is counted and recorded, and comes again after an hour at the earliest', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', FINANCE);
    expect(request).toMatchObject({ nudgeAt: request.createdAt, reminders: 0 });
    const nudged = expectOk(await ana.nudge(request.id));
    const againAtMs = world.clock.now() + HOUR_MS;
    expect(nudged).toMatchObject({ reminders: 1, nudgeAt: new Date(againAtMs).toISOString() });
    world.clock.set(againAtMs - 1);
    expect(await ana.nudge(request.id)).toMatchObject({
      error: { code: 'too_early', status: 409, retryAt: new Date(againAtMs).toISOString() },
    });
    world.clock.set(againAtMs);
    expect(expectOk(await ana.nudge(request.id)).reminders).toBeGreaterThanOrEqual(2);
    expect(await chasesOf(request.id)).toEqual(expect.arrayContaining(['request.nudged', 'request.nudged']));
  });

  it('by anybody else finds no such request, and approvers are not told when it may be', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    for (const user of ['jo', 'lee', 'max', 'ana2'])
      expect(await (await world.as(user)).nudge(request.id)).toMatchObject({ error: { code: 'not_found' } });
    expect(expectOk(await (await world.as('jo')).request(request.id)).nudgeAt).toBeNull();
    expect(await chasesOf(request.id)).toEqual([]);
  });

  it('is refused when nobody is waited for', async () => {
    const ana = await world.as('ana');
    const answered = await ask(world, 'ana', LEGISLATORS);
    expect(await approve(world, 'jo', answered.id)).toMatchObject({ state: 'approved', nudgeAt: null });
    expect(await ana.nudge(answered.id)).toMatchObject({ error: { code: 'state_conflict' } });
    world.clock.advance(10 * HOUR_MS);
    const confirmable = await ask(world, 'ana', WEATHER);
    expect(confirmable).toMatchObject({ state: 'pending', nudgeAt: null });
    expect(await ana.nudge(confirmable.id)).toMatchObject({ error: { code: 'state_conflict' } });
  });

  it('sent many times at once counts once', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', LEGISLATORS);
    const nudges = await Promise.all(Array.from({ length: 8 }, async () => await ana.nudge(request.id)));
    expect(nudges.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await chasesOf(request.id)).toEqual(['request.nudged']);
  });
});

describe('reminders', () => {
  it('come at the times of policy, once, however often one looks and over a restart', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    await pass(15 * MINUTE_MS - 1);
    expect(await chasesOf(request.id)).toEqual([]);
    await pass(1);
    await Promise.all([world.broker().runDue(), world.broker().runDue()]);
    expect(await chasesOf(request.id)).toEqual(['request.reminded']);
    await world.stop();
    await world.start();
    expect(await chasesOf(request.id)).toEqual(['request.reminded']);
    await pass(45 * MINUTE_MS);
    expect(await chasesOf(request.id)).toEqual(['request.reminded', 'request.reminded']);
    expect(expectOk(await (await world.as('jo')).request(request.id)).reminders).toBe(2);
  });

  it('that were slept through come as one', async () => {
    const request = await ask(world, 'ana', FINANCE);
    await world.stop();
    world.clock.advance(5 * HOUR_MS);
    await world.start();
    expect(await chasesOf(request.id)).toEqual(['request.reminded']);
  });

  it('never come for what is closed or lapsed meanwhile', async () => {
    const [withdrawn, lapsed] = [await ask(world, 'ana', LEGISLATORS), await ask(world, 'ana', FINANCE)];
    expectOk(await (await world.as('ana')).withdraw(withdrawn.id));
    await world.stop();
    world.clock.advance(25 * HOUR_MS);
    await world.start();
    expect(await chasesOf(withdrawn.id)).toEqual([]);
    expect(await chasesOf(lapsed.id)).toEqual([]);
    expect(expectOk(await (await world.as('ana')).request(lapsed.id))).toMatchObject({
      state: 'lapsed',
      closeCode: 'nobody_answered',
      nudgeAt: null,
    });
  });
});

describe('an escalation', () => {
  it('asks the deputies only when the others did not answer in time, and tells requester and approvers', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    expect(request.approvers.map(({ name }) => name)).not.toContain('Dee Ruiz');
    expect(await waitsFor('dee')).not.toContain(request.id);
    expect(await waitsFor('jo')).toContain(request.id);
    await pass(2 * HOUR_MS);
    await Promise.all([world.broker().runDue(), world.broker().runDue()]);
    const escalated = expectOk(await (await world.as('ana')).request(request.id));
    expect(escalated.escalatedAt).toBe(new Date(world.clock.now()).toISOString());
    expect(escalated.approvers.map(({ name }) => name)).toContain('Dee Ruiz');
    expect(await waitsFor('dee')).toContain(request.id);
    const story = (await storyOf(world, request.id)).filter(({ kind }) => kind === 'request.escalated');
    expect(story).toMatchObject([{ actor: 'broker', data: { to: ['deputies'], asked: 1 } }]);
    expect(await approve(world, 'dee', request.id)).toMatchObject({ state: 'approved' });
  });

  it('does not ask whom policy does not let approve, and leaves what it takes as it was', async () => {
    const catalog = catalogWith('dataset:campaign-finance', [
      'approvals: { escalateAfter: PT30M, escalateTo: [data-scientist, deputies, nlp] }',
    ]);
    const config = TEAM_CONFIG.replace('person: sam, roles: [approver], teams: [records]', 'person: sam, teams: [nlp]');
    const other = await openTeamWorld({ catalog, config });
    const request = await ask(other, 'ana', FINANCE);
    // Sam is held back as Dee is, Jo owns it: two are needed and Jo alone could never settle it, so nobody is held back.
    expect(request.approvers.map(({ name }) => name)).toEqual(expect.arrayContaining(['Dee Ruiz', 'Jo Berg']));
    other.clock.advance(HOUR_MS);
    await other.broker().runDue();
    const later = expectOk(await (await other.as('ana')).request(request.id));
    expect(later).toMatchObject({ escalatedAt: null, decision: { needed: { count: 2, owner: true } } });
    expect(await (await other.as('max')).request(request.id)).toMatchObject({ error: { code: 'not_found' } });
    await approve(other, 'dee', request.id);
    expect(await approve(other, 'jo', request.id)).toMatchObject({ state: 'approved' });
    await other.close();
  });
});
