// Who has what, ending everything of a person, the report, and what is found: over the API of a whole broker.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import type { ReportedAccess } from '#shared/contracts/oversight-api.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { activeGrant, approvedRequest, pendingRequest } from '#test/broker/http/calls.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

const LEGISLATORS = { resource: 'dataset:legislators', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };

async function personOf(user: string): Promise<string> {
  const { people } = expectOk(await (await world.as('lee')).people());
  const name = expectOk(await (await world.as(user)).me()).name;
  const person = people.find((each) => each.name === name)?.person;
  if (person === undefined) throw new Error(`nobody is called ${name}`);
  return person;
}

async function report(user: string, over: Record<string, unknown> = {}): Promise<readonly ReportedAccess[]> {
  const nowMs = world.clock.now();
  const query = { fromMs: nowMs - 30 * DAY_MS, toMs: nowMs + DAY_MS, ...over };
  return expectOk(await (await world.as(user)).accessReport(query)).accesses;
}

/** Access to the confidential dataset, approved by sam. */
async function approvedAccess(user: string): Promise<string> {
  const client = await world.as(user);
  const asked = expectOk(await client.submit({ ...LEGISLATORS, justification: 'The vote of May' }, newKey()));
  expectOk(await (await world.as('sam')).answer(asked.id, { answer: 'approve', scopeHash: asked.scopeHash }));
  return expectOk(await client.collect(asked.id, newKey())).grant.id;
}

/** Calls the dataset's gateway once. */
async function use(grantToken: string, path: string): Promise<void> {
  const response = await fetch(`${world.broker().gatewayUrl}/gateway/dataset/weather/${path}`, {
    headers: { authorization: `Bearer ${grantToken}` },
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

async function overAndExamined(grantId: string, user: string): Promise<void> {
  expectOk(await (await world.as(user)).release(grantId));
  world.clock.advance(10_000);
  await world.broker().runDue();
}

describe('who has what now', () => {
  it('tells owners of their resources and admins the person, the purpose and the sensitivity; holders nothing more', async () => {
    const { id } = await activeGrant(world, 'ana');
    for (const user of ['jo', 'lee']) {
      const { grants } = expectOk(await (await world.as(user)).grants({ of: 'revocable' }));
      const { oversight } = grants.find((grant) => grant.id === id) ?? {};
      expect(oversight).toEqual({
        person: await personOf('ana'),
        purpose: 'evaluation',
        breakGlass: false,
        sensitivity: 'internal',
        tags: [],
      });
    }
    expect(expectOk(await (await world.as('ana')).grants()).grants[0]).not.toHaveProperty('oversight');
    const others = expectOk(await (await world.as('sam')).grants({ of: 'revocable' })).grants;
    expect(others).toEqual([]);
  });

  it('lists each human once, with all accounts and what they have', async () => {
    await activeGrant(world, 'ana');
    await activeGrant(world, 'ana2');
    const { people } = expectOk(await (await world.as('lee')).people());
    expect(
      people.find(({ person }) => person === people.find(({ name }) => name === 'Ana Lima')?.person),
    ).toMatchObject({
      accounts: 2,
      activeGrants: 2,
      disabled: false,
      lastSeenAt: null,
    });
    expect(people.map(({ name }) => name)).not.toContain('Warehouse');
    expect(await (await world.as('jo')).people()).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  });

  it('says in /v1/me who owns something', async () => {
    expect(expectOk(await (await world.as('jo')).me()).owner).toBe(true);
    expect(expectOk(await (await world.as('eve')).me()).owner).toBe(false);
  });
});

describe('ending everything of a person', () => {
  it('ends grants on all accounts and closes what could become one, with the reason on record', async () => {
    const first = await activeGrant(world, 'ana');
    const second = await activeGrant(world, 'ana2');
    const approved = await approvedRequest(world, 'ana');
    const pending = await pendingRequest(world, 'ana');
    const others = await activeGrant(world, 'max');
    const ended = expectOk(await (await world.as('lee')).endPerson(await personOf('ana'), 'Left the company'));
    expect(ended).toEqual({ ended: 2, failed: 0, requests: 2 });

    const ana = await world.as('ana');
    expect(expectOk(await ana.grants()).grants).toMatchObject([
      { id: first.id, state: 'ended', endReason: 'revoked', endWords: 'Left the company' },
    ]);
    expect(expectOk(await (await world.as('ana2')).grants()).grants[0]).toMatchObject({
      id: second.id,
      state: 'ended',
    });
    const closed = { closeCode: 'person_ended', closeReason: 'Left the company' };
    expect(expectOk(await ana.request(approved.id))).toMatchObject({ ...closed, state: 'revoked' });
    expect(expectOk(await ana.request(pending.id))).toMatchObject({ ...closed, state: 'withdrawn' });
    expect(expectOk(await (await world.as('max')).grants()).grants[0]).toMatchObject({
      id: others.id,
      state: 'active',
    });
    const refused = await fetch(`${world.broker().gatewayUrl}/gateway/dataset/weather/`, {
      headers: { authorization: `Bearer ${first.token}` },
    });
    expect(refused.status).toBe(401);
    const { records } = expectOk(await (await world.as('lee')).records({ limit: 1000 }));
    const revoking = records.filter(({ record }) => JSON.stringify(record).includes('grant.revoking'));
    expect(revoking).toHaveLength(2);
    expect(JSON.stringify(records)).not.toContain('Left the company');
  });

  it('tells why until the words of who did it are erased', async () => {
    const { id } = await activeGrant(world, 'ana');
    const approved = await approvedRequest(world, 'ana');
    expectOk(await (await world.as('jo')).endPerson(await personOf('ana'), 'She left us'));
    const ana = await world.as('ana');
    const told = async () => [
      expectOk(await ana.grants()).grants.find((grant) => grant.id === id)?.endWords,
      expectOk(await ana.request(approved.id)).closeReason,
    ];
    expect(await told()).toEqual(['She left us', 'She left us']);
    expectOk(await (await world.as('lee')).erasePerson(await personOf('jo'), 'They asked for it'));
    expect(await told()).toEqual([null, null]);
  });

  it('an owner ends what is about their own resources, and no more', async () => {
    const weather = await activeGrant(world, 'ana');
    const penguins = expectOk(
      await (
        await world.as('ana')
      ).submit(
        { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS },
        newKey(),
      ),
    );
    const held = expectOk(await (await world.as('ana')).collect(penguins.id, newKey())).grant;
    const ended = expectOk(await (await world.as('jo')).endPerson(await personOf('ana'), 'Not any more'));
    expect(ended).toEqual({ ended: 1, failed: 0, requests: 0 });
    const states = new Map(expectOk(await (await world.as('ana')).grants()).grants.map(({ id, state }) => [id, state]));
    expect(states.get(weather.id)).toBe('ended');
    expect(states.get(held.id)).toBe('active');
  });

  it('again changes nothing, and is still an answer for an admin', async () => {
    const person = await personOf('ana');
    expect(expectOk(await (await world.as('lee')).endPerson(person, 'Twice'))).toEqual({
      ended: 0,
      failed: 0,
      requests: 0,
    });
  });
});

describe('the report', () => {
  it('tells who had what, why, approved by whom, when, how it ended and how much was used', async () => {
    const { id, token } = await activeGrant(world, 'ana');
    await use(token, 'seattle-weather.csv');
    await use(token, 'seattle-weather.csv');
    world.clock.advance(5 * MINUTE_MS);
    await overAndExamined(id, 'ana');
    const grantId = await approvedAccess('max');
    const [running, over] = await report('lee');
    expect(over).toMatchObject({
      grantId: id,
      holder: { name: 'Ana Lima', me: false },
      actions: ['read'],
      purpose: 'evaluation',
      approvedBy: [],
      endReason: 'released',
      state: 'ended',
      uses: { count: 2 },
    });
    expect(over?.uses.bytesOut).toBeGreaterThan(0);
    expect(over?.uses.lastAt).not.toBeNull();
    expect(running).toMatchObject({
      grantId,
      justification: 'The vote of May',
      approvedBy: [{ name: 'Sam Okoye' }],
      endedAt: null,
      uses: { count: 0, lastAt: null },
      resource: { sensitivity: 'confidential' },
    });
  });

  it('counts the uses of access that still runs', async () => {
    const { id, token } = await activeGrant(world, 'ana');
    await use(token, 'seattle-weather.csv');
    await world.broker().ledger.settled();
    expect((await report('lee')).find(({ grantId }) => grantId === id)?.uses.count).toBe(1);
  });

  it('shows owners their own resources only, and is refused to whoever owns nothing', async () => {
    const { id } = await activeGrant(world, 'max');
    expect((await report('jo')).map(({ grantId }) => grantId)).toEqual([id]);
    expect(await report('sam')).toEqual([]);
    const refused = await (await world.as('eve')).accessReport({ fromMs: 0, toMs: world.clock.now() });
    expect(refused).toMatchObject({ ok: false, error: { code: 'forbidden' } });
  });

  it('is about what overlaps its window, by resource and by person, in pages', async () => {
    const ids: string[] = [];
    for (const user of ['ana', 'max', 'ana2', 'kim']) {
      ids.unshift((await activeGrant(world, user)).id);
      world.clock.advance(MINUTE_MS);
    }
    const lee = await world.as('lee');
    const query = { fromMs: world.clock.now() - HOUR_MS, toMs: world.clock.now() + HOUR_MS };
    const first = expectOk(await lee.accessReport({ ...query, limit: 3 }));
    const rest = expectOk(await lee.accessReport({ ...query, limit: 3, after: first.next ?? '' }));
    expect([...first.accesses, ...rest.accesses].map(({ grantId }) => grantId)).toEqual(ids);
    expect(rest.next).toBeNull();
    const anas = await report('lee', { person: await personOf('ana') });
    expect(anas.map(({ grantId }) => grantId)).toEqual([ids[1], ids[3]]);
    expect(await report('lee', { resource: 'dataset:penguins' })).toEqual([]);
    expect(await report('lee', { toMs: world.clock.now() - 5 * MINUTE_MS })).toEqual([]);
    world.clock.advance(HOUR_MS);
    await world.broker().runDue();
    world.clock.advance(3 * HOUR_MS);
    expect(await report('lee', { fromMs: world.clock.now() - HOUR_MS })).toEqual([]);
    expect(await report('lee')).toHaveLength(4);
  });
});

describe('findings', () => {
  const deviations = async (user: string): Promise<readonly string[]> =>
    (await report(user)).flatMap(({ findings }) => findings.map(({ deviation }) => deviation)).toSorted();

  it('are raised once, when access is over, and stay over a restart', async () => {
    const { id } = await activeGrant(world, 'ana');
    expect(await deviations('lee')).toEqual([]);
    await overAndExamined(id, 'ana');
    expect(await deviations('lee')).toEqual(['first_time', 'never_used']);
    await world.stop();
    await world.start();
    await world.broker().runDue();
    expect(await deviations('lee')).toEqual(['first_time', 'never_used']);
    const { records } = expectOk(await (await world.as('lee')).records({ limit: 1000 }));
    expect(records.filter(({ record }) => JSON.stringify(record).includes('finding.raised'))).toHaveLength(2);
  });

  it('tell that somebody said no before, on any account of the same human', async () => {
    const asked = expectOk(await (await world.as('ana')).submit(LEGISLATORS, newKey()));
    expectOk(await (await world.as('sam')).answer(asked.id, { answer: 'reject', scopeHash: asked.scopeHash }));
    world.clock.advance(2 * HOUR_MS);
    const grantId = await approvedAccess('ana');
    await overAndExamined(grantId, 'ana');
    expect(await deviations('lee')).toContain('denied_before');
  });

  it('are answered by an owner or admin, on record, with a note that is sealed', async () => {
    const { id } = await activeGrant(world, 'ana');
    await overAndExamined(id, 'ana');
    const [access] = await report('jo', { onlyOpen: true });
    const finding = access?.findings.find(({ deviation }) => deviation === 'never_used');
    expect(finding).toMatchObject({ answer: 'open', mine: true });
    const jo = await world.as('jo');
    const answered = expectOk(await jo.answerFinding(finding?.id ?? '', 'cleared', 'She was ill that day'));
    expect(answered).toMatchObject({ answer: 'cleared', answeredBy: 'Jo Berg', note: 'She was ill that day' });
    expectOk(await jo.answerFinding(finding?.id ?? '', 'cleared', 'She was ill that day'));
    const lee = await world.as('lee');
    const nowMs = world.clock.now();
    expect(expectOk(await lee.accessReport({ fromMs: 0, toMs: nowMs + 1 })).openFindings).toBe(1);
    const text = JSON.stringify(expectOk(await lee.records({ limit: 1000 })));
    expect(text.split('finding.answered')).toHaveLength(2);
    expect(text).not.toContain('She was ill');
  });

  it('are never answered by whom they are about, under any account, nor by who approved that access', async () => {
    const weather = await activeGrant(world, 'ana');
    await overAndExamined(weather.id, 'ana');
    const [own] = await report('ana2');
    expect(own?.findings.map(({ mine }) => mine)).toEqual([false, false]);
    const ana2 = await world.as('ana2');
    const refused = await ana2.answerFinding(own?.findings[0]?.id ?? '', 'cleared', '');
    expect(refused).toMatchObject({ ok: false, error: { code: 'forbidden' } });

    const client = await world.as('max');
    const asked = expectOk(await client.submit(LEGISLATORS, newKey()));
    expectOk(await (await world.as('jo')).answer(asked.id, { answer: 'approve', scopeHash: asked.scopeHash }));
    const { grant } = expectOk(await client.collect(asked.id, newKey()));
    await overAndExamined(grant.id, 'max');
    const [approved] = await report('jo', { resource: 'dataset:legislators' });
    expect(approved?.findings.map(({ mine }) => mine)).toEqual([false, false]);
    expect((await report('lee', { resource: 'dataset:legislators' }))[0]?.findings[0]?.mine).toBe(true);
  });
});
