// Disabling a person ends everything of theirs: tokens, grants, requests, approvals, streams; on every replica, on every
// path, and for good until somebody enables them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '#broker/config/load-config.ts';
import type { Caller } from '#broker/identity/caller.ts';
import type { Directory } from '#broker/identity/directory.ts';
import { createStandaloneDirectory } from '#broker/identity/oidc/standalone-directory.ts';
import { PATCH_SCHEMA, USER_SCHEMA } from '#shared/contracts/scim-api.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { approve, ask, FINANCE, hold, LEGISLATORS, PENGUINS, readLedger, use } from '#test/support/access-steps.ts';
import { BASE_URL, expectOk, newKey } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { MDM, standaloneConfig } from '#test/support/standalone-world.ts';

let world: HttpWorld;
beforeEach(async () => {
  world = await openHttpWorld();
});
afterEach(async () => {
  await world.close();
});

async function personOf(user: string): Promise<string> {
  const { subject } = expectOk(await (await world.as(user)).me());
  const row = await world.store().read.selectFrom('accounts').selectAll().where('subject', '=', subject).execute();
  return row[0]?.person ?? '';
}

function post(path: string, body: unknown, method = 'POST'): Request {
  const said = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return new Request(`${BASE_URL}${path}`, { ...said, method });
}

async function set(what: 'disable' | 'enable', person: string, by = 'lee'): Promise<number> {
  return (await world.call(post(`/v1/people/${person}/${what}`, { reason: 'Left the company' }), by)).status;
}

async function provision(externalId: string): Promise<string> {
  const body = { schemas: [USER_SCHEMA], userName: `${externalId}@example.com`, externalId };
  const response = await world.call(post('/scim/v2/Users', body), MDM);
  expect(response.status).toBe(201);
  return ((await response.json()) as { id: string }).id;
}

async function setActive(id: string, active: boolean): Promise<void> {
  const body = { schemas: [PATCH_SCHEMA], Operations: [{ op: 'replace', path: 'active', value: active }] };
  expect((await world.call(post(`/scim/v2/Users/${id}`, body, 'PATCH'), MDM)).status).toBe(200);
}

describe('a disabled person', () => {
  it('loses the grants at once, with the reason in the books, and is let in no more', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(200);
    expect(await set('disable', await personOf('ana'))).toBe(200);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    const response = await world.call(new Request(`${BASE_URL}/v1/me`), 'ana');
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'unauthenticated', detail: 'disabled' });
    const grants = expectOk(await (await world.as('lee')).grants({ of: 'revocable' })).grants;
    expect(grants).toMatchObject([{ id: held.grant.id, state: 'ended', endReason: 'subject_disabled' }]);
  });

  it('has no second account that still works, not even one that signs in later or changes its person', async () => {
    const person = await personOf('sam');
    expect(await set('disable', person)).toBe(200);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'sam2')).status).toBe(401);
    world.signIn('sam2', { claims: { person: 'somebody-else' } });
    world.clock.advance(SECOND_MS);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'sam2')).status).toBe(401);
    const third = await world.issuer.sign({ sub: 'sam3', person: 'sam', roles: ['approver'] });
    expect((await world.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${third}`)).status).toBe(401);
    expect(world.refusals.at(-1)).toBe('disabled');
  });

  it('has nothing that waits: requests close, and approvals stop counting at collect', async () => {
    const waiting = await ask(world, 'ana', LEGISLATORS);
    const approved = await ask(world, 'max', FINANCE);
    await approve(world, 'jo', approved.id);
    await approve(world, 'sam', approved.id);
    for (const user of ['ana', 'sam']) expect(await set('disable', await personOf(user))).toBe(200);
    const request = expectOk(await (await world.as('lee')).request(waiting.id));
    expect(request).toMatchObject({ state: 'denied', closeCode: 'subject_disabled' });
    const collected = await (await world.as('max')).collect(approved.id, newKey());
    expect(collected).toMatchObject({ ok: false, error: { code: 'denied_by_policy' } });
  });

  it('reads no more events: an open stream ends', async () => {
    const stream = await world.call(new Request(`${BASE_URL}/v1/events`), 'ana');
    const ended = readToEnd(stream);
    expect(await set('disable', await personOf('ana'))).toBe(200);
    expect(await ended).toBe('ended');
  });

  it('is asked for no approval, and comes back when enabled; what ended stays ended', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const person = await personOf('ana');
    const jo = await personOf('jo');
    expect(await set('disable', jo)).toBe(200);
    const names = async () => (await ask(world, 'max', LEGISLATORS)).decision.approvers.map(({ name }) => name);
    expect(await names()).not.toContain('Jo Berg');
    expect(await set('enable', jo)).toBe(200);
    expect(await names()).toContain('Jo Berg');
    await set('disable', person);
    await set('enable', person);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(200);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
  });

  it('is so after a restart', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    expect(await set('disable', await personOf('ana'))).toBe(200);
    await world.stop();
    await world.start();
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
  });

  it('is so for the next call at another replica, and for its open streams when its clock ticks', async () => {
    const other = await anotherDirectory(world);
    const caller = async (): Promise<Caller> => ({
      kind: 'http',
      authorization: `Bearer ${await world.tokenFor('ana')}`,
      remoteAddress: '192.0.2.8',
    });
    const known = expectOk(await other.authenticate(await caller()));
    let told = 0;
    other.subscribe(() => (told += 1));
    expect(await set('disable', await personOf('ana'))).toBe(200);
    await other.refresh();
    expect(told).toBe(1);
    expect(other.find(known.subject)).toBeNull();
    expect(await other.authenticate(await caller())).toEqual({ ok: false, error: 'disabled' });
  });

  it('whose grants a dying replica left is cleaned up by whoever runs next', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const person = await personOf('ana');
    await world.store().transaction(async (tx) => {
      await tx.insertInto('disabled').values({ id: person, because_of: person, at_ms: world.clock.now() }).execute();
      await tx.updateTable('directory_version').set({ version: 10_000 }).execute();
    });
    await world.broker().runDue();
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
  });
});

describe('who may disable', () => {
  it('is an administrator, never oneself, and nobody is disabled whom nobody knows', async () => {
    const ana = await personOf('ana');
    for (const user of ['ana', 'jo', 'sam', 'warehouse', MDM]) expect(await set('disable', ana, user), user).toBe(403);
    expect(await set('disable', await personOf('lee'))).toBe(403);
    expect(await set('disable', 'per_AAAAAAAAAAAAAAAAAAAAAA')).toBe(404);
    expect(await set('disable', '../me')).toBe(404);
  });

  it('gives a reason, which is on record, sealed', async () => {
    const person = await personOf('eve');
    expect((await world.call(post(`/v1/people/${person}/disable`, { reason: '' }), 'lee')).status).toBe(400);
    expect(await set('disable', person)).toBe(200);
    expect(await set('disable', person)).toBe(200);
    const records = (await readLedger(world)).filter(({ kind }) => kind === 'person.disabled');
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ sealed: true, data: { scope: 'person', person } });
    expect(records[0]?.text).not.toContain('Left the company');
  });
});

describe('a directory (SCIM)', () => {
  it('disables an account, also before it ever signed in, and enables it again', async () => {
    const held = await hold(world, 'ana', PENGUINS);
    const id = await provision('ana');
    await setActive(id, false);
    expect(await use(world, held.credential, 'dataset:penguins')).toBe(401);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
    const newcomer = await provision('newcomer');
    await setActive(newcomer, false);
    const token = `Bearer ${await world.issuer.sign({ sub: 'newcomer', name: 'New' })}`;
    expect((await world.callWith(new Request(`${BASE_URL}/v1/me`), token)).status).toBe(401);
    await setActive(newcomer, true);
    expect((await world.callWith(new Request(`${BASE_URL}/v1/me`), token)).status).toBe(200);
  });

  it('that removes an account disables it for good', async () => {
    const id = await provision('ana');
    const removed = await world.call(new Request(`${BASE_URL}/scim/v2/Users/${id}`, { method: 'DELETE' }), MDM);
    expect(removed.status).toBe(204);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
  });

  it('cannot lift what an administrator did, and an administrator cannot lift what it did', async () => {
    const person = await personOf('ana');
    const id = await provision('ana');
    await set('disable', person);
    await setActive(id, false);
    await setActive(id, true);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
    await setActive(id, false);
    await set('enable', person);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(401);
    await setActive(id, true);
    expect((await world.call(new Request(`${BASE_URL}/v1/me`), 'ana')).status).toBe(200);
  });
});

describe('without a directory, subjects prove themselves again', () => {
  it('or their grants and streams end', async () => {
    const strict = await openHttpWorld({ oidc: { reproveWithin: 'PT15M' } });
    try {
      const held = await hold(strict, 'ana', { ...PENGUINS, durationMs: 8 * HOUR_MS });
      const ended = readToEnd(await strict.call(new Request(`${BASE_URL}/v1/events`), 'ana'));
      const late = await hold(strict, 'max', { ...PENGUINS, durationMs: 8 * HOUR_MS });
      strict.clock.advance(14 * MINUTE_MS);
      await strict.call(new Request(`${BASE_URL}/v1/me`), 'ana');
      strict.clock.advance(2 * MINUTE_MS);
      await strict.broker().runDue();
      expect(await use(strict, held.credential, 'dataset:penguins')).toBe(200);
      expect(await use(strict, late.credential, 'dataset:penguins')).toBe(401);
      expect(await ended).toBe('ended');
      const lee = await strict.as('lee');
      const grants = expectOk(await lee.grants({ of: 'revocable', state: 'ended' })).grants;
      expect(grants).toMatchObject([{ id: late.grant.id, endReason: 'subject_unproven' }]);
    } finally {
      await strict.close();
    }
  });

  it('with a new token: the same one shown again proves nothing', async () => {
    const strict = await openHttpWorld({ oidc: { reproveWithin: 'PT15M' } });
    try {
      const token = await strict.tokenFor('ana');
      const held = await hold(strict, 'ana', { ...PENGUINS, durationMs: 8 * HOUR_MS });
      strict.clock.advance(14 * MINUTE_MS);
      await strict.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${token}`);
      strict.clock.advance(2 * MINUTE_MS);
      await strict.broker().runDue();
      expect(await use(strict, held.credential, 'dataset:penguins')).toBe(401);
    } finally {
      await strict.close();
    }
  });
});

/** Resolves when the stream's other side ends it. */
async function readToEnd(stream: Response): Promise<'ended'> {
  expect(stream.status).toBe(200);
  for await (const _ of stream.body ?? []) continue;
  return 'ended';
}

/** The memory of a second replica on the same database. */
async function anotherDirectory({ store, clock, keys, issuer }: HttpWorld): Promise<Directory> {
  const parsed = expectOk(parseConfig({ file: 'daypass.yaml', text: standaloneConfig({ issuer: issuer.issuer }) }));
  if (parsed.config.mode !== 'standalone') throw new Error('the world is a team');
  return await createStandaloneDirectory({
    oidc: parsed.config.identity.oidc,
    store: store(),
    ledger: { append: async () => {} },
    clock,
    hashKey: keys.keyedHash,
    fetchJson: issuer.fetchJson,
    onRefused: () => {},
    onTrouble: () => {},
  });
}
