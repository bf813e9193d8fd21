// Emergency access: at once and without people, for whom catalog and policy name, for a short time, told to everybody.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { ask, collectAs, FINANCE, kindsOf, nextMorning, storyOf, use } from '#test/support/access-steps.ts';
import { expectOk, newKey, type World } from '#test/support/broker-world.ts';
import { EMERGENCY, openTeamWorld } from '#test/support/team-world.ts';
import { readEvents } from '../events/event-readers.ts';

let world: World;
beforeAll(async () => {
  world = await openTeamWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const RESOURCE = 'dataset:campaign-finance';
const submitted = async (user: string, over: object = {}) =>
  await (await world.as(user)).submit({ ...EMERGENCY, ...over }, newKey());
const refused = async (user: string, over: object = {}) => {
  const answer = await submitted(user, over);
  return answer.ok ? answer.value.decision.code : answer.error.code;
};

describe('an emergency', () => {
  it('is granted at once, opens the data for the time asked for, and is marked everywhere', async () => {
    const dry = expectOk(await (await world.as('olu')).dryRun(EMERGENCY));
    expect(dry.decision).toMatchObject({ outcome: 'approved' });
    const request = await ask(world, 'olu', EMERGENCY);
    expect(request).toMatchObject({ state: 'approved', breakGlass: true, scopeHash: dry.scopeHash, answers: [] });
    const held = await collectAs(world, 'olu', request.id);
    expect(held.grant).toMatchObject({ breakGlass: true, state: 'active' });
    expect(Date.parse(held.grant.endsAt) - world.clock.now()).toBe(30 * MINUTE_MS);
    expect(await use(world, held.credential, RESOURCE)).toBe(200);
    world.clock.advance(30 * MINUTE_MS);
    expect(await use(world, held.credential, RESOURCE)).toBe(401);
    const row = await world
      .store()
      .read.selectFrom('grants')
      .select(['break_glass', 'id'])
      .where('id', '=', held.grant.id)
      .executeTakeFirst();
    expect(row?.break_glass).toBe(1);
    // Its review is due from the first moment, not from its end.
    const due = world
      .store()
      .read.selectFrom('findings')
      .select(['deviation', 'answered_by'])
      .where('grant_id', '=', held.grant.id);
    expect(await due.execute()).toEqual([{ deviation: 'break_glass', answered_by: null }]);
  });

  it('is an event of its own, told at once to owners, admins and the usual approvers, and to nobody else', async () => {
    const told = ['jo', 'lee', 'sam', 'olu'];
    const untold = ['ana', 'max', 'eve'];
    const readers = new Map(
      await Promise.all([...told, ...untold].map(async (user) => [user, await readEvents(world, user)] as const)),
    );
    const held = await collectAs(world, 'olu', (await ask(world, 'olu', EMERGENCY)).id);
    const broke = (user: string): readonly string[] =>
      (readers.get(user)?.seen ?? [])
        .filter(({ kind }) => kind === 'grant.broke_glass')
        .map(({ grantId }) => grantId ?? '');
    await Promise.all(told.map(async (user) => await readers.get(user)?.until('grant.broke_glass', held.grant.id)));
    for (const user of told) expect(broke(user), user).toEqual([held.grant.id]);
    for (const user of untold) expect(broke(user), user).toEqual([]);
    await Promise.all([...readers.values()].map(async (reader) => await reader.stop()));
    const story = (await storyOf(world, held.request.id)).filter(({ kind }) => kind === 'grant.broke_glass');
    // Jo, Sam, Lee, Dee, and Ana, whose second account is an approver of the owner team.
    expect(story).toMatchObject([
      {
        grantId: held.grant.id,
        sealed: false,
        data: { policies: expect.arrayContaining(['emergency.oncall']), told: 5 },
      },
    ]);
  });

  it('can be looked up later by everybody who was told, until a week has passed', async () => {
    const { request } = await collectAs(world, 'olu', (await ask(world, 'olu', EMERGENCY)).id);
    const listed = async (user: string): Promise<readonly RequestView[]> =>
      expectOk(await (await world.as(user)).requests({ role: 'concerned' })).requests.filter(
        ({ id }) => id === request.id,
      );
    for (const user of ['jo', 'lee', 'sam', 'dee'])
      expect(await listed(user), user).toMatchObject([{ breakGlass: true, justification: EMERGENCY.justification }]);
    for (const user of ['ana', 'max', 'olu', 'olu2', 'warehouse']) expect(await listed(user), user).toEqual([]);
    expect(await (await world.as('max')).request(request.id)).toMatchObject({ error: { code: 'not_found' } });
    expect(expectOk(await (await world.as('jo')).request(request.id))).toMatchObject({ id: request.id });
  });

  it('is offered in the catalog to those who may, and to nobody else', async () => {
    const entry = async (user: string) =>
      expectOk(await (await world.as(user)).catalog()).resources.find(({ id }) => id === RESOURCE);
    expect(await entry('olu')).toMatchObject({ actions: ['read'], breakGlass: { maxDuration: 'PT30M' } });
    expect((await entry('ana'))?.breakGlass).toBeNull();
    expect(await entry('eve')).toBeUndefined();
  });
});

describe('an emergency is refused', () => {
  it('to whom the catalog does not name, whatever else they may', async () => {
    expect(await refused('ana')).toBe('not_eligible');
    expect(await refused('jo')).toBe('not_eligible');
    expect(await refused('warehouse')).toBe('not_found');
  });

  it('for more than a policy permits, for longer, or of what opens to nobody', async () => {
    expect(await refused('olu', { actions: ['read', 'read_pii'] })).toBe('not_eligible');
    expect(await refused('olu', { durationMs: 31 * MINUTE_MS })).toBe('over_max_duration');
    expect(await refused('olu', { resource: 'dataset:legislators' })).toBe('not_eligible');
  });

  it('without a reason of real length', async () => {
    for (const justification of ['', '   ', 'prod down', 'a'.repeat(200), '. , ; : - '.repeat(50), 'abc '.repeat(40)])
      expect(await refused('olu', { justification }), justification).toBe('invalid_request');
    expect(expectOk(await submitted('olu', { justification: 'Die Nachtausgabe der Berichte ist kaputt' })).state).toBe(
      'approved',
    );
  });

  it('as an extension, or for later', async () => {
    const held = await collectAs(world, 'olu', (await ask(world, 'olu', EMERGENCY)).id);
    expect(await refused('olu', { extends: held.grant.id })).toBe('invalid_request');
    const startAt = new Date(world.clock.now() + HOUR_MS).toISOString();
    expect(await refused('olu', { startAt })).toBe('invalid_request');
    // An ordinary extension goes the ordinary way: on-call has no ordinary access to this.
    const { justification: _, breakGlass: __, ...ordinary } = EMERGENCY;
    expect(await refused('olu', { ...ordinary, breakGlass: false, extends: held.grant.id })).toBe('not_eligible');
  });

  it('twice: not at once, not by the other account, not right after, also when it was given back early', async () => {
    const [one, two] = await Promise.all([submitted('olu'), submitted('olu2')]);
    const states = [expectOk(one), expectOk(two)].map(({ state }) => state).toSorted();
    expect(states).toEqual(['approved', 'denied']);
    const [user, request] = expectOk(one).state === 'approved' ? ['olu', expectOk(one)] : ['olu2', expectOk(two)];
    expect(await refused('olu')).toBe('cooldown');
    world.clock.advance(29 * MINUTE_MS);
    const held = await collectAs(world, user, request.id);
    expect(await refused('olu')).toBe('cooldown');
    expectOk(await held.client.release(held.grant.id));
    world.clock.advance(30 * MINUTE_MS);
    expect(await refused('olu2')).toBe('cooldown');
    const again = expectOk(await (await world.as('olu')).dryRun(EMERGENCY)).decision;
    expect(again.retryAt).toBe(new Date(Date.parse(held.grant.endsAt) + 4 * HOUR_MS).toISOString());
    world.clock.set(Date.parse(again.retryAt ?? ''));
    expect(expectOk(await submitted('olu')).state).toBe('approved');
  });

  it('once it was approved and not collected for as long as it would have lasted', async () => {
    const request = await ask(world, 'olu', EMERGENCY);
    world.clock.advance(30 * MINUTE_MS);
    expect(await (await world.as('olu')).collect(request.id, newKey())).toMatchObject({ ok: false });
    expect(expectOk(await (await world.as('olu')).request(request.id))).toMatchObject({
      state: 'lapsed',
      closeCode: 'not_collected',
    });
    expect(kindsOf(await storyOf(world, request.id))).not.toContain('grant.broke_glass');
  });

  it('when the list of groups becomes empty between approval and collect, and is so from then on', async () => {
    const request = await ask(world, 'olu', EMERGENCY);
    const catalog = readFileSync(join(world.folder, 'catalog.yaml'), 'utf8');
    world.writeFile('catalog.yaml', catalog.replace('to: [oncall]', 'to: []'));
    expect((await world.broker().reload()).ok).toBe(true);
    expect(await (await world.as('olu')).collect(request.id, newKey())).toMatchObject({
      error: { code: 'denied_by_policy' },
    });
    expect(await refused('olu')).toBe('not_eligible');
    world.writeFile('catalog.yaml', catalog);
    expect((await world.broker().reload()).ok).toBe(true);
  });
});

describe('an ordinary request', () => {
  it('gains nothing from there being emergencies, and another hash than one', async () => {
    const { breakGlass: _, ...ordinary } = EMERGENCY;
    expect(await refused('olu', { ...ordinary, breakGlass: false })).toBe('not_eligible');
    const ana = await world.as('ana');
    expect(await ask(world, 'ana', FINANCE)).toMatchObject({ state: 'pending', breakGlass: false });
    const hashes = [false, true].map(
      async (breakGlass) => expectOk(await ana.dryRun({ ...FINANCE, breakGlass })).scopeHash,
    );
    expect(new Set(await Promise.all(hashes)).size).toBe(2);
  });
});
