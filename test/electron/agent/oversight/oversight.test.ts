// What owners and administrators do at their window, on a whole agent and a whole broker: who has what, what is ended,
// what is answered; and what holders read of it on their own desktop.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HeldAccess, PersonCard } from '#shared/contracts/desktop/oversight.ts';
import { DAY_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { FORM, openMachine, startDesk, type Desk, type Machine } from '#test/support/agent-world.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
const machines: Machine[] = [];
const desks: Desk[] = [];
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.stop();
  for (const machine of machines.splice(0)) await machine.close();
  await world.close();
});

async function deskOf(osUser: string): Promise<Desk> {
  const machine = await openMachine(world);
  machines.push(machine);
  const desk = await startDesk(machine, { osUser });
  desks.push(desk);
  await expect.poll(() => desk.agent.state().me?.user).toBe(osUser);
  return desk;
}

/** Checks out what policy gives at once; gives the grant's id. */
async function checkOut(desk: Desk, resource = 'dataset:penguins'): Promise<string> {
  const wish = { ...FORM, resource };
  const { requestId } = expectOk(await desk.agent.commands.ask({ wish, attempt: randomUUID() }));
  const held = () => desk.agent.state().grants.find((card) => card.requestId === requestId && card.phase === 'active');
  await expect.poll(held).toBeDefined();
  return held()?.grantId ?? '';
}

async function whoHasWhat(desk: Desk): Promise<readonly HeldAccess[]> {
  return expectOk(await desk.agent.commands['who-has-what'](null));
}

async function personCalled(admin: Desk, name: string): Promise<PersonCard> {
  const person = expectOk(await admin.agent.commands.people(null)).find((each) => each.name === name);
  if (person === undefined) throw new Error(`nobody is called ${name}`);
  return person;
}

const lastYear = () => ({
  fromMs: world.clock.now() - 365 * DAY_MS,
  toMs: world.clock.now() + 1,
  resource: null,
  onlyOpen: false,
  after: null,
});

describe('who has what', () => {
  it('is all of it for an administrator, what they own for an owner, and nothing for anybody else', async () => {
    const [ana, lee, jo, max] = [await deskOf('ana'), await deskOf('lee'), await deskOf('jo'), await deskOf('max')];
    const penguins = await checkOut(ana);
    const weather = await checkOut(max, 'dataset:weather');
    const seen = (held: readonly HeldAccess[]) => held.map(({ grantId, holder }) => [grantId, holder]);
    expect(seen(await whoHasWhat(lee))).toEqual(
      expect.arrayContaining([
        [penguins, 'Ana Lima'],
        [weather, 'Max Roth'],
      ]),
    );
    expect(seen(await whoHasWhat(jo))).toEqual([[weather, 'Max Roth']]);
    // The penguins are their own team's.
    expect(seen(await whoHasWhat(max))).toEqual([[penguins, 'Ana Lima']]);
    const sam = await deskOf('sam');
    expect(await whoHasWhat(sam)).toEqual([]);
    expect(await sam.agent.commands.people(null)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  });

  it('has the soonest end first', async () => {
    const [ana, lee] = [await deskOf('ana'), await deskOf('lee')];
    for (const durationMs of [50 * MINUTE_MS, 20 * MINUTE_MS, 40 * MINUTE_MS]) {
      const wish = { ...FORM, durationMs };
      expectOk(await ana.agent.commands.ask({ wish, attempt: randomUUID() }));
    }
    await expect.poll(async () => (await whoHasWhat(lee)).length).toBe(3);
    const ends = (await whoHasWhat(lee)).map(({ endsAtMs }) => endsAtMs);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  });
});

describe('a revoke', () => {
  it('wipes the holder’s desktop, which says why in the words of who did it', async () => {
    const [ana, lee] = [await deskOf('ana'), await deskOf('lee')];
    const grantId = await checkOut(ana);
    expectOk(await lee.agent.commands['revoke-grant']({ grantId, reason: 'The report\u202E is out.' }));
    await expect.poll(() => ana.agent.state().grants).toEqual([]);
    await expect.poll(() => ana.shown().get(`grant:${grantId}`)?.title).toBe('Access was revoked');
    expect(ana.shown().get(`grant:${grantId}`)?.body.split('\n')).toEqual([
      expect.stringContaining('Palmer penguins'),
      'The report is out.',
    ]);
    expect(await whoHasWhat(lee)).toEqual([]);
  });

  it('is no business of whoever owns nothing, and not done behind a locked screen', async () => {
    const [ana, sam, lee] = [await deskOf('ana'), await deskOf('sam'), await deskOf('lee')];
    const grantId = await checkOut(ana);
    const asked = { grantId, reason: 'Because.' };
    expect(await sam.agent.commands['revoke-grant'](asked)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    lee.presence.locked = true;
    expect(await lee.agent.commands['revoke-grant'](asked)).toMatchObject({ ok: false, error: { code: 'locked' } });
    expect(ana.agent.state().grants).toHaveLength(1);
  });
});

describe('the end of everything of a person', () => {
  it('ends grants, closes requests, and the person reads why', async () => {
    const [ana, lee] = [await deskOf('ana'), await deskOf('lee')];
    await checkOut(ana);
    await checkOut(ana, 'dataset:weather');
    const wish = { ...FORM, resource: 'dataset:legislators' };
    const { requestId } = expectOk(await ana.agent.commands.ask({ wish, attempt: randomUUID() }));
    await expect.poll(() => ana.agent.state().requests[0]?.phase).toBe('waiting');
    const { person } = await personCalled(lee, 'Ana Lima');
    const ended = expectOk(await lee.agent.commands['end-person']({ person, reason: 'Lost laptop.' }));
    expect(ended).toEqual({ ended: 2, failed: 0 });
    await expect.poll(() => ana.agent.state().grants).toEqual([]);
    await expect
      .poll(() => ana.shown().get(`request:${requestId}`))
      .toMatchObject({
        title: 'A request was ended by somebody else',
        body: 'Members of the US Congress\nLost laptop.',
      });
    expect(ana.agent.state().requests[0]).toMatchObject({ phase: 'withdrawn', closeCode: 'person_ended' });
  });
});

describe('disabling a person', () => {
  it('is refused by a broker whose people are those of its configuration, rather than done in name only', async () => {
    const [ana, lee] = [await deskOf('ana'), await deskOf('lee')];
    await checkOut(ana);
    const { person } = await personCalled(lee, 'Ana Lima');
    const answer = await lee.agent.commands['set-disabled']({ person, disabled: true, reason: 'Left.' });
    expect(answer).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    expect(await personCalled(lee, 'Ana Lima')).toMatchObject({ disabled: false, activeGrants: 1 });
  });
});

describe('the review', () => {
  it('shows what was unusual, and takes an owner’s answer to it', async () => {
    const [max, jo] = [await deskOf('max'), await deskOf('jo')];
    const grantId = await checkOut(max, 'dataset:weather');
    expectOk(await max.agent.commands.done({ grantId }));
    await max.advance(10_000);
    const reviewed = async () =>
      expectOk(await jo.agent.commands.review(lastYear())).accesses.find((access) => access.grantId === grantId);
    await expect.poll(async () => (await reviewed())?.findings.length).toBe(2);
    expect(await reviewed()).toMatchObject({ holder: 'Max Roth', approvedBy: [], endReason: 'released', uses: 0 });
    const unused = (await reviewed())?.findings.find(({ deviation }) => deviation === 'never_used');
    expect(unused).toMatchObject({ answer: 'open', mine: true });
    const answered = { findingId: unused?.findingId ?? '', answer: 'cleared', note: 'He was ill.' } as const;
    expectOk(await jo.agent.commands['answer-finding'](answered));
    expect((await reviewed())?.findings).toContainEqual(
      expect.objectContaining({ answer: 'cleared', answeredBy: 'Jo Berg', note: 'He was ill.' }),
    );
    const open = expectOk(await jo.agent.commands.review({ ...lastYear(), onlyOpen: true }));
    expect(open.openFindings).toBe(1);
    expect(await max.agent.commands['answer-finding'](answered)).toMatchObject({ ok: false });
  });

  it('says that the broker cannot be reached, rather than that there is nothing', async () => {
    const lee = await deskOf('lee');
    machines.at(-1)?.host.cut();
    const unreachable = { ok: false, error: { code: 'broker_unreachable' } };
    expect(await lee.agent.commands.review(lastYear())).toMatchObject(unreachable);
    expect(await lee.agent.commands['who-has-what'](null)).toMatchObject(unreachable);
    expect(await lee.agent.commands.changes(null)).toMatchObject(unreachable);
  });
});
