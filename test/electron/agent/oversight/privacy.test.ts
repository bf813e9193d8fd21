// Legal holds and erasures from an administrator's window, on a whole agent and a whole broker; and the notice of a change
// that waits for a second person.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChangeNews } from '#electron/agent/oversight/change-news.ts';
import type { Person } from '#electron/agent/session/person.ts';
import type { HeldChangeView } from '#shared/contracts/oversight-api.ts';
import { ok } from '#shared/domain/result.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';

describe('an administrator at the window', () => {
  let world: World;
  let machine: Machine;
  let lee: Desk;
  beforeEach(async () => {
    world = await openWorld();
    machine = await openMachine(world);
    lee = await startDesk(machine, { osUser: 'lee' });
    await expect.poll(() => lee.agent.state().me?.user).toBe('lee');
  });
  afterEach(async () => {
    await lee.stop();
    await machine.close();
    await world.close();
  });

  it('holds, is refused the erasure, releases, and erases whom they named, never behind a locked screen', async () => {
    const { commands } = lee.agent;
    const ana = await world.as('ana');
    const wish = { resource: 'dataset:legislators', actions: ['read'], purpose: 'evaluation', durationMs: MINUTE_MS };
    expectOk(await ana.submit({ ...wish, justification: 'Words of mine' }, 'key-of-this-very-attempt'));
    const people = expectOk(await commands.people(null));
    const person = people.find(({ name }) => name === 'Ana Lima')?.person ?? '';
    const asked = { person, typed: ' Ana Lima ', reason: 'Asked for in a letter' };
    lee.presence.locked = true;
    for (const refused of [
      await commands['place-hold']({ person, reason: 'Because' }),
      await commands['release-hold']({ holdId: 'hld_x', reason: 'Because' }),
      await commands['erase-person'](asked),
    ])
      expect(refused).toMatchObject({ ok: false, error: { code: 'locked' } });
    lee.presence.locked = false;
    expectOk(await commands['place-hold']({ person, reason: 'A matter\u202E before the court' }));
    const { holds } = expectOk(await commands.privacy(null));
    expect(holds).toMatchObject([{ name: 'Ana Lima', reason: 'A matter before the court', placedBy: 'Lee Novak' }]);
    expect(await commands['erase-person'](asked)).toMatchObject({ ok: false, error: { code: 'legal_hold' } });
    const { holdId } = holds[0] ?? { holdId: '' };
    expect(expectOk(await commands['release-hold']({ holdId, reason: 'It is closed' }))).toEqual({ state: 'applied' });
    const reach = expectOk(await commands['erasure-reach']({ person }));
    expect(reach).toMatchObject({ name: 'Ana Lima', holds: [] });
    expect(reach.reached).toContainEqual({ place: 'requests', rows: 1 });
    const another = await commands['erase-person']({ ...asked, typed: 'Ana Lime' });
    expect(another).toMatchObject({ ok: false, error: { code: 'confirmation_mismatch' } });
    expect(expectOk(await commands['erase-person'](asked))).toEqual({ state: 'applied' });
    const after = expectOk(await commands.privacy(null));
    expect(after).toMatchObject({ holds: [], waiting: [] });
    expect(after.erased).toMatchObject([{ agreedBy: 'self_attested', people: ['Lee Novak'], settled: true }]);
    expect(JSON.stringify(after)).not.toContain('Ana');
  });

  it('who is none is refused, and without a broker nothing is called empty', async () => {
    await lee.stop();
    const sam = await startDesk(machine, { osUser: 'sam' });
    await expect.poll(() => sam.agent.state().me?.user).toBe('sam');
    expect(await sam.agent.commands.privacy(null)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    machine.host.cut();
    expect(await sam.agent.commands.privacy(null)).toMatchObject({ ok: false, error: { code: 'broker_unreachable' } });
    await sam.stop();
  });
});

describe('a change that waits for a second person', () => {
  const change = (id: string, mine: boolean): HeldChangeView => ({
    id,
    kind: 'erasure',
    state: 'waiting',
    lines: [],
    person: 'per_x',
    contentHash: '',
    proposedBy: 'Jo Berg',
    proposedAt: '2026-11-24T09:00:00Z',
    mine,
    yours: !mine,
    agreed: [],
    needed: 2,
  });

  it('is told once to whose answer counts, and taken back when it does not wait for them any more', async () => {
    const told: string[] = [];
    const look = createChangeNews({
      change: ({ id }) => void told.push(`+${id}`),
      changeGone: (id) => void told.push(`-${id}`),
    });
    let waiting: readonly HeldChangeView[] | null = [];
    const person = {
      call: async () =>
        await Promise.resolve(
          waiting === null ? { ok: false, error: { code: 'unreachable' } } : ok({ changes: waiting }),
        ),
    } as unknown as Person; // Nothing else of a person is asked.
    waiting = [change('chg_a', true), change('chg_own', false)];
    await look(person);
    await look(person);
    expect(told).toEqual(['+chg_a']);
    waiting = null;
    await look(person);
    expect(told, 'no answer says nothing').toEqual(['+chg_a']);
    waiting = [change('chg_a', false), change('chg_b', true)];
    await look(person);
    expect(told).toEqual(['+chg_a', '+chg_b', '-chg_a']);
  });
});
