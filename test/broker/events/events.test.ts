// The event stream of a whole broker: who sees what, live and replayed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { readEvents, type EventReader, type Seen } from './event-readers.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

const legislators = {
  resource: 'dataset:legislators',
  actions: ['read'],
  purpose: 'evaluation',
  durationMs: HOUR_MS,
  justification: 'canary-justification',
  ticket: 'canary-ticket',
};
const weather = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };

type Told = { readonly requestId: string; readonly grantId: string; readonly secret: string };

/** Ana asks, Sam approves with a reason, Ana collects, Lee revokes with a reason. */
async function wholeStory(): Promise<Told> {
  const [ana, sam, lee] = [await world.as('ana'), await world.as('sam'), await world.as('lee')];
  const request = expectOk(await ana.submit(legislators, newKey()));
  const { id, scopeHash } = request;
  expectOk(await sam.answer(id, { answer: 'approve', scopeHash, reason: 'canary-reason' }));
  const { grant, credential } = expectOk(await ana.collect(id, newKey()));
  expectOk(await lee.revoke(grant.id, 'canary-revoke'));
  return { requestId: id, grantId: grant.id, secret: credential.secret };
}

async function instantGrant(client: BrokerClient): Promise<{ requestId: string; grantId: string }> {
  const { id } = expectOk(await client.submit(weather, newKey()));
  const { grant } = expectOk(await client.collect(id, newKey()));
  return { requestId: id, grantId: grant.id };
}

/** The last thing that everybody in the story may see: a request of their own. */
async function marker(user: string): Promise<string> {
  const client = await world.as(user);
  if (user === 'eve' || user === 'sam' || user === 'lee' || user === 'warehouse') {
    await client.enrolDevice();
    const another = await world.as(user, `marker ${newKey()}`);
    await another.me();
    return 'device';
  }
  return expectOk(await client.submit(weather, newKey())).id;
}

async function kindsSeenBy(user: string, told: Told, from?: number): Promise<string[]> {
  const reader = await readEvents(world, user, from);
  const sizeBefore = await world.broker().ledger.settled();
  const id = await marker(user);
  if (id === 'device') {
    const isMarked = (): boolean => reader.seen.some((e) => e.kind === 'device.enrolled' && e.id >= sizeBefore);
    while (!isMarked()) await new Promise((resolve) => setTimeout(resolve, 5));
  } else await reader.until('request.submitted', id);
  await reader.stop();
  return reader.seen.filter((e) => e.requestId === told.requestId || e.grantId === told.grantId).map((e) => e.kind);
}

const OF_REQUEST = ['request.submitted', 'request.decided', 'approval.answered', 'request.approved'];
const OF_GRANT = ['grant.issued', 'grant.revoking', 'grant.ended'];

describe('who sees what', () => {
  it.each([
    ['the requester', 'ana', [...OF_REQUEST, ...OF_GRANT]],
    ['an approver who answered', 'sam', [...OF_REQUEST, ...OF_GRANT]],
    ['a member of the owner team', 'jo', [...OF_REQUEST, ...OF_GRANT]],
    ['an admin', 'lee', [...OF_REQUEST, ...OF_GRANT]],
    ['another requester', 'max', []],
    ['a stranger', 'eve', []],
    ['a service', 'warehouse', []],
  ])('%s, replayed', async (_, user, kinds) => {
    await world.as(user);
    const told = await wholeStory();
    const seen = await kindsSeenBy(user, told, 0);
    expect(seen.filter((kind) => !kind.startsWith('credential.')).toSorted()).toEqual(kinds.toSorted());
  });

  it('live is the same as replayed', async () => {
    const users = ['ana', 'sam', 'jo', 'lee', 'max', 'eve'];
    for (const user of users) await world.as(user);
    const readers = await Promise.all(users.map(async (user) => await readEvents(world, user)));
    const told = await wholeStory();
    for (const [index, user] of users.entries()) {
      const live = readers[index] as EventReader;
      const replayed = await kindsSeenBy(user, told, 0);
      if (replayed.length > 0) await live.until('grant.ended', told.grantId);
      await live.stop();
      const kinds = live.seen.filter((e) => e.requestId === told.requestId).map((e) => e.kind);
      expect(kinds, user).toEqual(replayed);
    }
  });

  it('a grant that policy gave at once is nobody’s business but its holder’s, owners’ and admins’', async () => {
    const told = { ...(await instantGrant(await world.as('ana'))), secret: '' };
    expect(await kindsSeenBy('sam', told, 0)).toEqual([]);
    expect(await kindsSeenBy('ana', told, 0)).toContain('request.approved');
    expect(await kindsSeenBy('jo', told, 0)).toContain('grant.issued');
  });

  it('who may answer learns that the request is gone, not what became of it', async () => {
    const ana = await world.as('ana');
    await world.as('sam2');
    const reader = await readEvents(world, 'sam');
    const { id } = expectOk(await ana.submit(legislators, newKey()));
    await reader.until('request.submitted', id);
    expectOk(await ana.withdraw(id));
    await reader.until('request.closed', id);
    await reader.stop();
  });

  it('new rules are told to everybody, when they are in force, with nothing of what they are', async () => {
    const [ana, jo] = [await world.as('ana'), await world.as('jo')];
    expectOk(await ana.submit(legislators, newKey()));
    expect(expectOk(await jo.requests({ role: 'approver' })).requests).toHaveLength(1);
    const reader = await readEvents(world, 'jo');
    const catalog = readFileSync(join(world.folder, 'catalog.yaml'), 'utf8');
    world.writeFile('catalog.yaml', catalog.replaceAll('owners: [records]', 'owners: [nlp]'));
    const approvers = readFileSync(join(world.folder, 'policies', 'approvers.cedar'), 'utf8');
    world.writeFile('policies/approvers.cedar', approvers.replace('Role::"approver"', 'Role::"reviewer"'));
    const reloaded = world.broker().reload();
    while (!reader.seen.some(({ kind }) => kind === 'config.changed'))
      await new Promise((resolve) => setImmediate(resolve));
    expect(expectOk(await jo.requests({ role: 'approver' })).requests).toEqual([]);
    expectOk(await reloaded);
    expect(reader.seen.find(({ kind }) => kind === 'config.changed')).toMatchObject({ requestId: null, grantId: null });
    await reader.stop();
  });

  it('an approver whom another one was faster than sees no grant', async () => {
    const [ana, jo] = [await world.as('ana'), await world.as('jo')];
    await world.as('sam');
    const { id, scopeHash } = expectOk(await ana.submit(legislators, newKey()));
    expectOk(await jo.answer(id, { answer: 'approve', scopeHash }));
    const { grant } = expectOk(await ana.collect(id, newKey()));
    const seen = await kindsSeenBy('sam', { requestId: id, grantId: grant.id, secret: '' }, 0);
    expect(seen.toSorted()).toEqual(OF_REQUEST.toSorted());
  });

  it('the requester’s second account sees no request of the first as an approver', async () => {
    await world.as('ana2');
    const { id } = expectOk(await (await world.as('ana')).submit(legislators, newKey()));
    const seen = await kindsSeenBy('ana2', { requestId: id, grantId: '-', secret: '' }, 0);
    expect(seen).toEqual([]);
  });

  it('is asked again for each event: what a new catalog takes away is not shown any more', async () => {
    const [ana, jo] = [await world.as('ana'), await world.as('jo')];
    const reader = await readEvents(world, 'jo');
    const before = await instantGrant(ana);
    await reader.until('grant.issued', before.grantId);
    const file = join(world.folder, 'catalog.yaml');
    const weatherEntry = /(id: dataset:weather[\s\S]*?owners: )\[records\]/;
    world.writeFile('catalog.yaml', readFileSync(file, 'utf8').replace(weatherEntry, '$1[security]'));
    expectOk(await world.broker().reload());
    const after = await instantGrant(ana);
    await jo.enrolDevice();
    const own = await (await world.as('jo', 'another')).me();
    expect(own.ok).toBe(true);
    while (reader.seen.filter((event) => event.kind === 'device.enrolled').length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await reader.stop();
    expect(reader.seen.filter((event) => event.grantId === after.grantId)).toEqual([]);
  });

  it('events carry no words of people and no secret', async () => {
    const reader = await readEvents(world, 'lee');
    const told = await wholeStory();
    await reader.until('grant.ended', told.grantId);
    await reader.stop();
    expect(reader.text()).not.toMatch(/canary/);
    expect(reader.text()).not.toContain(told.secret.slice(-40));
    const allowed = new Set(['id', 'kind', 'at', 'requestId', 'grantId', 'resource']);
    for (const event of reader.seen) expect(Object.keys(event).filter((key) => !allowed.has(key))).toEqual([]);
  });
});

describe('going on after a break', () => {
  it('loses and doubles nothing, however often and whenever a reader comes back', async () => {
    const ana = await world.as('ana');
    const got: Seen[] = [];
    let last = 0;
    const reading = (async () => {
      while (!got.some((event) => event.kind === 'request.closed')) {
        const reader = await readEvents(world, 'ana', last);
        const enough = got.length + 1 + (got.length % 7);
        while (got.length + reader.seen.length < enough && !reader.seen.some((e) => e.kind === 'request.closed'))
          await new Promise((resolve) => setTimeout(resolve, 1));
        await reader.stop();
        got.push(...reader.seen);
        last = got.at(-1)?.id ?? last;
      }
    })();
    const busy = Array.from({ length: 40 }, async () => await ana.submit(weather, newKey()));
    await Promise.all(busy);
    const { id } = expectOk(await ana.submit(weather, newKey()));
    expectOk(await ana.withdraw(id));
    await reading;
    const { records } = expectOk(await ana.records({ limit: 1000 }));
    const expected = records.map(({ sequence }) => sequence).filter((sequence) => sequence > 0);
    // New rules are told to all, and are no record of hers.
    expect(got.filter(({ kind }) => kind !== 'config.changed').map((event) => event.id)).toEqual(expected);
    expect(new Set(got.map((event) => event.id)).size).toBe(got.length);
  });

  it('refuses an id that the ledger has not reached', async () => {
    for (const id of ['99999999', '9999999999999999', '-1', '1.5', 'x']) {
      const request = new Request(`${BASE_URL}/v1/events`, { headers: { 'last-event-id': id } });
      expect((await world.call(request, 'ana')).status, id).toBe(400);
    }
  });
});
