// What approvers, requesters and owners are told while a request waits and when somebody takes emergency access: each
// piece of news once, also after a reconnect and a restart.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { approve, collectAs } from '#test/support/access-steps.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, newKey, type World } from '#test/support/broker-world.ts';
import { EMERGENCY, openTeamWorld } from '#test/support/team-world.ts';

let world: World;
let hers: Machine;
let his: Machine;
let ana: Desk;
let jo: Desk;

beforeEach(async () => {
  world = await openTeamWorld();
  [hers, his] = [await openMachine(world), await openMachine(world)];
  ana = await startDesk(hers, { osUser: 'ana' });
  jo = await startDesk(his, { osUser: 'jo' });
  await caughtUp(ana, 'ana');
  await caughtUp(jo, 'jo');
});
afterEach(async () => {
  for (const desk of [ana, jo]) await desk.stop();
  for (const machine of [hers, his]) await machine.close();
  await world.close();
});

async function caughtUp(desk: Desk, user: string): Promise<void> {
  await expect.poll(() => desk.agent.state().me?.user).toBe(user);
  await expect.poll(() => desk.sendsLog()).toBe(true);
}
const WISH = { ...FORM, resource: 'dataset:legislators', justification: 'Checking the join on state.' };
async function ask(): Promise<string> {
  const { requestId } = expectOk(await ana.agent.commands.ask({ wish: WISH, attempt: randomUUID() }));
  await expect.poll(() => titles(jo, `approval:${requestId}`)).toHaveLength(1);
  return requestId;
}
const titles = (desk: Desk, tag: string): readonly string[] =>
  desk
    .notices()
    .filter((notice) => notice.tag === tag)
    .map(({ title }) => title);
const cardOf = (requestId: string) => ana.agent.state().requests.find((card) => card.requestId === requestId);
const pass = async (byMs: number): Promise<void> => {
  await ana.advance(byMs);
  await world.broker().runDue();
};

describe('an approver', () => {
  it('is told who asks for what, for how long, how sensitive it is, and why', async () => {
    const requestId = await ask();
    const body = jo.shown().get(`approval:${requestId}`)?.body;
    expect(body).toBe('Ana Lima · Members of the US Congress · read · 1 h · confidential\nChecking the join on state.');
  });

  it('is reminded by a nudge, which the requester may repeat after an hour', async () => {
    const requestId = await ask();
    expect(cardOf(requestId)?.nudgeAtMs).toBe(world.clock.now());
    expectOk(await ana.agent.commands.nudge({ requestId }));
    expect(cardOf(requestId)?.nudgeAtMs).toBe(world.clock.now() + HOUR_MS);
    expect(await ana.agent.commands.nudge({ requestId })).toMatchObject({ error: { code: 'too_early' } });
    await expect
      .poll(() => titles(jo, `approval:${requestId}`))
      .toEqual(['Somebody waits for your answer', 'Your answer is still waited for']);
    expect(jo.agent.state().approvals).toMatchObject([{ reminded: 1 }]);
    expect(
      jo
        .shown()
        .get(`approval:${requestId}`)
        ?.actions.map(({ kind }) => kind),
    ).toEqual(['approve', 'reject']);
  });

  it('is reminded by policy, and told when more people are asked, as the requester is', async () => {
    const requestId = await ask();
    await pass(15 * MINUTE_MS);
    await expect.poll(() => titles(jo, `approval:${requestId}`)).toHaveLength(2);
    await pass(45 * MINUTE_MS);
    await expect.poll(() => titles(jo, `approval:${requestId}`)).toHaveLength(3);
    await pass(HOUR_MS);
    const escalated = 'Nobody answered in time: your answer is needed';
    await expect.poll(() => titles(jo, `approval:${requestId}`).at(-1)).toBe(escalated);
    await expect
      .poll(() => titles(ana, `request:${requestId}`))
      .toEqual(['Nobody answered yet: more people were asked']);
    expect(cardOf(requestId)).toMatchObject({ escalated: true });
    expect(cardOf(requestId)?.approvers).toContainEqual({ name: 'Dee Ruiz', owner: false, answered: false });
  });

  it('is told nothing twice after a lost connection and a restart, and still what is new', async () => {
    const requestId = await ask();
    his.host.cut();
    await expect.poll(() => jo.agent.state().broker.kind).toBe('offline');
    his.host.mend();
    await jo.advance(MINUTE_MS);
    await expect.poll(() => jo.agent.state().broker.kind).toBe('ready');
    await jo.stop();
    jo = await startDesk(his, { osUser: 'jo' });
    await caughtUp(jo, 'jo');
    await expect.poll(() => jo.agent.state().approvals).toHaveLength(1);
    expect(titles(jo, `approval:${requestId}`)).toEqual([]);
    expectOk(await ana.agent.commands.nudge({ requestId }));
    await expect.poll(() => titles(jo, `approval:${requestId}`)).toEqual(['Your answer is still waited for']);
  });

  it('sees it go when somebody else has answered', async () => {
    const requestId = await ask();
    await approve(world, 'sam', requestId);
    await expect.poll(() => jo.agent.state().approvals).toEqual([]);
    expect(jo.shown().has(`approval:${requestId}`)).toBe(false);
  });
});

describe('a requester', () => {
  it('is told what was narrowed and by whom', async () => {
    const requestId = await ask();
    ana.presence.locked = true;
    await approve(world, 'jo', requestId, { durationMs: 30 * MINUTE_MS });
    await expect
      .poll(() => ana.shown().get(`request:${requestId}`)?.body)
      .toContain('Narrowed to read for 30 min by Jo Berg');
    expect(cardOf(requestId)?.answers).toMatchObject([
      { narrowedTo: { actions: ['read'], durationMs: 30 * MINUTE_MS } },
    ]);
  });

  it('is told once that a request lapses soon, and that it did because nobody settled it', async () => {
    const requestId = await ask();
    const soon = 'A request lapses soon: nobody settled it';
    await pass(23 * HOUR_MS - 1);
    expect(titles(ana, `request:${requestId}`)).not.toContain(soon);
    await pass(1);
    await expect.poll(() => titles(ana, `request:${requestId}`).filter((title) => title === soon)).toHaveLength(1);
    await ana.stop();
    ana = await startDesk(hers, { osUser: 'ana' });
    await caughtUp(ana, 'ana');
    await ana.advance(MINUTE_MS);
    expect(titles(ana, `request:${requestId}`)).not.toContain(soon);
    await pass(HOUR_MS);
    await expect.poll(() => titles(ana, `request:${requestId}`)).toContain('A request lapsed: nobody settled it');
    expect(cardOf(requestId)).toMatchObject({ phase: 'lapsed', closeCode: 'nobody_answered' });
  });
});

describe('an owner', () => {
  it('is told of emergency access at once, once, and also when their desktop was off', async () => {
    const olu = await world.as('olu');
    const tag = `emergency:${(await collectAs(world, 'olu', expectOk(await olu.submit(EMERGENCY, newKey())).id)).request.id}`;
    await expect.poll(() => titles(jo, tag)).toEqual(['Emergency access was taken, without approval']);
    expect(jo.shown().get(tag)).toMatchObject({
      urgency: 'critical',
      route: { screen: 'oversight', part: 'review' },
      actions: [],
    });
    expect(jo.shown().get(tag)?.body).toContain(`Olu Ade · Money of candidates`);
    expect(titles(ana, tag)).toEqual([]);
    await jo.stop();
    world.clock.advance(5 * HOUR_MS);
    const next = expectOk(await olu.submit(EMERGENCY, newKey()));
    await collectAs(world, 'olu', next.id);
    jo = await startDesk(his, { osUser: 'jo' });
    await caughtUp(jo, 'jo');
    await expect.poll(() => titles(jo, `emergency:${next.id}`)).toHaveLength(1);
    expect(titles(jo, tag)).toEqual([]);
  });
});
