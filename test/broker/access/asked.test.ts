// Who is asked, who has answered, and who sees what of it: also when several answer at once, or may not any more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { approve, ask, FINANCE, LEGISLATORS, nextMorning } from '#test/support/access-steps.ts';
import { expectOk, type World } from '#test/support/broker-world.ts';
import { openTeamWorld } from '#test/support/team-world.ts';
import { readEvents } from '../events/event-readers.ts';

let world: World;
beforeAll(async () => {
  world = await openTeamWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const waitsFor = async (user: string): Promise<readonly string[]> =>
  expectOk(await (await world.as(user)).requests({ role: 'approver' })).requests.map(({ id }) => id);
const read = async (user: string, id: string): Promise<RequestView> =>
  expectOk(await (await world.as(user)).request(id));

describe('a requester sees', () => {
  it('who can answer, one entry a person, who owns it, who has, and what each left of it', async () => {
    const request = await ask(world, 'ana', FINANCE);
    const people = (answered: boolean) => [
      { name: 'Dee Ruiz', owner: false, answered: false },
      { name: 'Jo Berg', owner: true, answered: false },
      { name: 'Sam Okoye (ops)', owner: true, answered },
    ];
    expect(request.approvers).toEqual(people(false));
    await approve(world, 'sam', request.id, { durationMs: 20 * MINUTE_MS });
    const narrowed = await read('ana', request.id);
    expect(narrowed.approvers).toEqual(people(true));
    expect(narrowed.answers).toMatchObject([
      { name: 'Sam Okoye', narrowedTo: { actions: ['read'], duration: 'PT20M' } },
    ]);
    world.clock.advance(1000);
    await approve(world, 'jo', request.id);
    const approved = await read('ana', request.id);
    expect(approved).toMatchObject({ state: 'approved', approvers: [], scope: { duration: 'PT20M' } });
    expect(approved.answers.map(({ narrowedTo }) => narrowedTo?.duration ?? null)).toEqual(['PT20M', null]);
  });

  it('a reason for every way in which a request ends', async () => {
    const ana = await world.as('ana');
    const [withdrawn, taken] = [await ask(world, 'ana', FINANCE), await ask(world, 'ana', LEGISLATORS)];
    expect(expectOk(await ana.withdraw(withdrawn.id)).closeCode).toBe('by_requester');
    await approve(world, 'jo', taken.id);
    expectOk(await (await world.as('lee')).revokeRequest(taken.id, 'The ticket was closed.'));
    expect(await read('ana', taken.id)).toMatchObject({
      closeCode: 'taken_back',
      closeReason: 'The ticket was closed.',
    });
    const uncollected = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'jo', uncollected.id);
    world.clock.advance(13 * HOUR_MS);
    await world.broker().runDue();
    expect(await read('ana', uncollected.id)).toMatchObject({ state: 'lapsed', closeCode: 'not_collected' });
  });
});

describe('an approver', () => {
  it('is listed only what they can still answer', async () => {
    const request = await ask(world, 'ana', FINANCE);
    expect(await waitsFor('sam')).toContain(request.id);
    await approve(world, 'sam', request.id);
    for (const user of ['sam', 'sam2', 'ana', 'ana2', 'max', 'kim', 'lee'])
      expect(await waitsFor(user), user).toEqual([]);
    expect(await waitsFor('jo')).toEqual([request.id]);
    // By the clock alone, before anything has made the lapse a fact.
    world.clock.advance(24 * HOUR_MS);
    expect(await waitsFor('jo')).toEqual([]);
  });

  it('learns at once that somebody else has settled it, also from a replay', async () => {
    const before = await world.broker().ledger.settled();
    const jo = await readEvents(world, 'jo');
    const request = await ask(world, 'ana', LEGISLATORS);
    await jo.until('request.submitted', request.id);
    await approve(world, 'sam', request.id);
    await jo.until('request.approved', request.id);
    await jo.stop();
    const rejected = await ask(world, 'max', LEGISLATORS);
    const sam = await world.as('sam');
    expectOk(await sam.answer(rejected.id, { answer: 'reject', scopeHash: rejected.scopeHash, reason: 'No.' }));
    const replayed = await readEvents(world, 'jo', before);
    await replayed.until('request.approved', request.id);
    await replayed.until('request.closed', rejected.id);
    await replayed.stop();
    expect(await waitsFor('jo')).toEqual([]);
  });

  it('who has answered is not reminded, and who is held back hears nothing until the escalation', async () => {
    const two = await ask(world, 'ana', FINANCE);
    const confidential = await ask(world, 'ana', LEGISLATORS);
    await approve(world, 'sam', two.id);
    const from = (await world.broker().ledger.settled()) - 1;
    const ana = await world.as('ana');
    expectOk(await ana.nudge(two.id));
    expectOk(await ana.nudge(confidential.id));
    const kinds = async (user: string, until: string, id: string): Promise<readonly string[]> => {
      const reader = await readEvents(world, user, from);
      await reader.until(until, id);
      await reader.stop();
      return reader.seen.map(({ kind, requestId }) => `${kind} ${requestId}`);
    };
    world.clock.advance(2 * HOUR_MS);
    await world.broker().runDue();
    const sam = await kinds('sam', 'request.escalated', confidential.id);
    expect(sam).toContain(`request.nudged ${confidential.id}`);
    expect(sam).not.toContain(`request.nudged ${two.id}`);
    expect(sam).not.toContain(`request.reminded ${two.id}`);
    expect(await kinds('ana', 'request.escalated', confidential.id)).toContain(`request.escalated ${confidential.id}`);
    expect(await kinds('dee', 'request.escalated', confidential.id)).toContain(`request.escalated ${confidential.id}`);
    const held = await ask(world, 'max', LEGISLATORS);
    const after = (await world.broker().ledger.settled()) - 1;
    expectOk(await (await world.as('max')).nudge(held.id));
    expectOk(await (await world.as('max')).withdraw(held.id));
    const asked = await ask(world, 'max', FINANCE);
    const reader = await readEvents(world, 'dee', after);
    await reader.until('request.submitted', asked.id);
    await reader.stop();
    expect(reader.seen.filter(({ requestId }) => requestId === held.id)).toEqual([]);
  });

  it('whom policy no longer lets approve sees no more of it: not by id, list, answer, event or replay', async () => {
    const [answered, open] = [await ask(world, 'ana', FINANCE), await ask(world, 'ana', LEGISLATORS)];
    await approve(world, 'sam', answered.id);
    const sam = await world.as('sam');
    const from = await world.broker().ledger.settled();
    const live = await readEvents(world, 'sam');
    const file = 'policies/approvers.cedar';
    const policies = readFileSync(join(world.folder, file), 'utf8');
    world.writeFile(file, policies.replace('Daypass::Role::"approver"', 'Daypass::Role::"chief"'));
    expect((await world.broker().reload()).ok).toBe(true);
    for (const { id, scopeHash } of [answered, open]) {
      expect(await sam.request(id)).toMatchObject({ error: { code: 'not_found' } });
      for (const answer of ['approve', 'reject'] as const)
        expect(await sam.answer(id, { answer, scopeHash })).toMatchObject({ error: { code: 'not_found' } });
    }
    expect(await waitsFor('sam')).toEqual([]);
    // What he approved counts no more either: it takes two who may.
    expect(await approve(world, 'jo', answered.id)).toMatchObject({ state: 'pending' });
    expectOk(await (await world.as('ana')).withdraw(open.id));
    expectOk(await (await world.as('ana')).withdraw(answered.id));
    const replayed = await readEvents(world, 'sam', from);
    await world.broker().ledger.settled();
    world.writeFile(file, policies);
    expect((await world.broker().reload()).ok).toBe(true);
    const marker = await ask(world, 'max', FINANCE);
    for (const reader of [live, replayed]) {
      await reader.until('request.submitted', marker.id);
      expect(reader.seen.filter(({ kind }) => kind === 'request.closed')).toEqual([]);
      await reader.stop();
    }
  });
});

describe('approvers who race', () => {
  const APPROVERS = ['sam', 'sam2', 'jo', 'dee', 'ana2'] as const;
  const racer = fc.record({
    user: fc.constantFrom(...APPROVERS),
    answer: fc.constantFrom('approve', 'approve', 'approve', 'reject'),
    narrowTo: fc.record({
      durationMs: fc.constantFrom(10 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS),
      actions: fc.subarray(['read', 'read_pii'], { minLength: 1 }),
    }),
  });

  it('leave one outcome: people count once, one rejection ends it, and what stands is what all of them left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(racer, { minLength: 2, maxLength: 6 }), async (racers) => {
        await nextMorning(world);
        const request = await ask(world, 'ana', { ...FINANCE, actions: ['read', 'read_pii'] });
        const client = await Promise.all(racers.map(async ({ user }) => await world.as(user)));
        await Promise.all(
          racers.map(async ({ answer, narrowTo }, index) => {
            const seen = await client[index]?.request(request.id);
            const scopeHash = seen?.ok === true ? seen.value.scopeHash : request.scopeHash;
            await client[index]?.answer(request.id, {
              answer,
              scopeHash,
              ...(answer === 'approve' ? { narrowTo } : {}),
            });
          }),
        );
        checkStanding(await read('ana', request.id));
      }),
      { numRuns: 15 },
    );
  });

  const PERSON: Readonly<Record<string, string>> = { 'Sam Okoye': 'sam', 'Sam Okoye (ops)': 'sam' };
  const OWNERS = new Set(['Jo Berg', 'Sam Okoye (ops)']);

  function checkStanding({ state, answers, scope, asked }: RequestView): void {
    const people = answers.map(({ name }) => PERSON[name] ?? name);
    expect(new Set(people).size).toBe(people.length);
    expect(people).not.toContain('Ana Lima (lead)');
    const approvals = answers.filter(({ answer }) => answer === 'approve');
    const enough = approvals.length >= 2 && approvals.some(({ name }) => OWNERS.has(name));
    const rejected = answers.some(({ answer }) => answer === 'reject');
    expect(state).toBe(rejected ? 'rejected' : enough ? 'approved' : 'pending');
    const left = approvals.map(({ narrowedTo }) => narrowedTo ?? asked);
    const actions = ['read', 'read_pii'].filter((action) => left.every((each) => each.actions.includes(action)));
    if (!rejected) expect(scope.actions).toEqual(actions);
    const minutes = (text: string): number => (text === 'PT1H' ? 60 : Number(/\d+/.exec(text)?.[0]));
    if (!rejected) expect(minutes(scope.duration)).toBe(Math.min(60, ...left.map(({ duration }) => minutes(duration))));
  }
});
