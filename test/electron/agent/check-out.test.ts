// From the wish to the credential on this machine and gone again, on a real broker.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { desktopStateSchema } from '#shared/contracts/desktop/state.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
let machine: Machine;
let desk: Desk;

beforeEach(async () => {
  world = await openWorld();
  machine = await openMachine(world);
  desk = await startDesk(machine);
  await expect.poll(() => desk.agent.state().catalog.length).toBeGreaterThan(0);
});
afterEach(async () => {
  await desk.stop();
  await machine.close();
  await world.close();
});

const ask = async (over: Partial<typeof FORM> = {}) =>
  expectOk(await desk.agent.commands.ask({ wish: { ...FORM, ...over }, attempt: randomUUID() }));

describe('a check-out', () => {
  it('shows who is there, what may be asked, and a state that the window reads', () => {
    const state = desk.agent.state();
    expect(() => desktopStateSchema.parse(state)).not.toThrow();
    expect(state.me).toEqual({ user: 'ana', name: 'Ana Lima', admin: false, owner: true });
    expect(state.people.map(({ user }) => user)).toEqual(['ana', 'jo', 'sam', 'max', 'lee']);
    expect(state.broker.kind).toBe('ready');
    expect(state.catalog.map(({ id }) => id)).toContain('dataset:penguins');
    expect(state.welcome).toBe(true);
  });

  it('says what policy says before anything is asked', async () => {
    const fine = expectOk(await desk.agent.commands.preview(FORM));
    expect(fine.outcome).toBe('approved');
    const people = expectOk(await desk.agent.commands.preview({ ...FORM, resource: 'dataset:legislators' }));
    expect(people).toMatchObject({ outcome: 'needs_approval', neededApprovals: 1 });
    expect(people.approvers.map(({ name }) => name)).toContain('Jo Berg');
    const refused = expectOk(await desk.agent.commands.preview({ ...FORM, durationMs: 100 * HOUR_MS }));
    expect(refused.outcome).toBe('denied');
    expect(refused.counterOffer?.durationMs).toBeLessThanOrEqual(72 * HOUR_MS);
    expect(desk.agent.state().requests).toEqual([]);
  });

  it('collects by itself what policy approves, counts it down, and releases it with Done', async () => {
    const { requestId, state } = await ask();
    expect(state).toBe('approved');
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    const [card] = desk.agent.state().grants;
    expect(card).toMatchObject({ requestId, phase: 'active', purpose: 'evaluation', heldIn: 'keychain' });
    expect(card?.endsAtMs).toBe(world.clock.now() + HOUR_MS);
    expect(desk.agent.state().requests).toEqual([]);
    const grantId = card?.grantId ?? '';
    expect(desk.vault.tokens().has(grantId)).toBe(true);
    expectOk(await desk.agent.commands.done({ grantId }));
    expect(desk.agent.state().grants).toEqual([]);
    expect(desk.vault.tokens().size).toBe(0);
    const ana = await world.as('ana');
    const [grant] = expectOk(await ana.grants({})).grants;
    expect(grant).toMatchObject({ id: grantId, state: 'ended', endReason: 'released' });
  });

  it('gives one request for one attempt, however often it is sent', async () => {
    const order = { wish: FORM, attempt: randomUUID() };
    const first = expectOk(await desk.agent.commands.ask(order));
    const second = expectOk(await desk.agent.commands.ask(order));
    expect(second.requestId).toBe(first.requestId);
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    const ana = await world.as('ana');
    expect(expectOk(await ana.requests()).requests).toHaveLength(1);
  });

  it('warns at the points that policy sets and tells when it is wiped', async () => {
    await ask({ resource: 'dataset:penguins', durationMs: HOUR_MS });
    await expect.poll(() => desk.agent.state().grants).toHaveLength(1);
    await desk.advance(49 * MINUTE_MS);
    expect(desk.agent.state().grants[0]?.phase).toBe('active');
    expect(desk.notices().filter(({ title }) => title.startsWith('Access ends'))).toEqual([]);
    await desk.advance(MINUTE_MS);
    expect(desk.agent.state().grants[0]?.phase).toBe('ending');
    expect(desk.notices().at(-1)).toMatchObject({
      title: 'Access ends in 10 minutes',
      actions: [{ kind: 'extend' }, { kind: 'done' }],
    });
    await desk.advance(10 * MINUTE_MS);
    await expect.poll(() => desk.agent.state().grants).toEqual([]);
    expect(desk.notices().at(-1)?.title).toBe('Access ended: its time is over');
  });
});
