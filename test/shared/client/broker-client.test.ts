// The typed client over a whole broker: what it sends, what it gives, and what it makes of odd answers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBrokerClient, type BrokerClient } from '#shared/client/broker-client.ts';
import { createDeviceKey } from '#shared/device/device-proof.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

const weather = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
const legislators = { ...weather, resource: 'dataset:legislators' };

async function clientOver(fetch: (request: Request) => Promise<Response>): Promise<BrokerClient> {
  return createBrokerClient({ fetch, baseUrl: BASE_URL, deviceKey: await createDeviceKey(), clock: world.clock });
}

describe('the client', () => {
  it('says what would happen without asking for it', async () => {
    const ana = await world.as('ana');
    const preview = expectOk(await ana.dryRun(legislators));
    expect(preview.decision).toMatchObject({ outcome: 'needs_approval', needed: { count: 1 } });
    expect(expectOk(await ana.requests({ limit: 200 })).requests).toEqual([]);
    const request = expectOk(await ana.submit(legislators, newKey()));
    expect(request.scopeHash).toBe(preview.scopeHash);
    expect(request.decision).toEqual(preview.decision);
  });

  it('gives the same request for the same key and wish, and a conflict for another wish', async () => {
    const ana = await world.as('ana');
    const key = newKey();
    const first = expectOk(await ana.submit(weather, key));
    expect(expectOk(await ana.submit(weather, key)).id).toBe(first.id);
    const other = await ana.submit({ ...weather, durationMs: MINUTE_MS }, key);
    expect(other).toMatchObject({ ok: false, error: { code: 'idempotency_conflict', status: 409 } });
  });

  it('walks through every page once, newest first, also when times are equal', async () => {
    const max = await world.as('max');
    const ids: string[] = [];
    for (let turn = 0; turn < 11; turn += 1) {
      ids.push(expectOk(await max.submit(weather, newKey())).id);
      if (turn % 3 === 0) world.clock.advance(1);
    }
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const page = expectOk(await max.requests({ limit: 3, ...(after === undefined ? {} : { after }) }));
      expect(page.requests.length).toBeGreaterThan(0);
      seen.push(...page.requests.map(({ id }) => id));
      if (page.next === null) break;
      after = page.next;
    }
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('walks through what waits for an approver, past what does not', async () => {
    const [ana, sam] = [await world.as('ana'), await world.as('sam')];
    const before = expectOk(await sam.requests({ role: 'approver', limit: 200 })).requests.length;
    const ids: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) ids.push(expectOk(await ana.submit(legislators, newKey())).id);
    const first = expectOk(await sam.requests({ role: 'approver', limit: 3 }));
    const rest = expectOk(await sam.requests({ role: 'approver', limit: 200, after: first.next ?? '' }));
    const waiting = [...first.requests, ...rest.requests].map(({ id }) => id);
    expect(waiting).toHaveLength(before + 5);
    expect(waiting).toEqual(expect.arrayContaining(ids));
    const [one] = ids as [string];
    const { scopeHash } = expectOk(await sam.request(one));
    expectOk(await sam.answer(one, { answer: 'reject', scopeHash, reason: 'No' }));
    expect(expectOk(await sam.requests({ role: 'approver', limit: 200 })).requests.map(({ id }) => id)).not.toContain(
      one,
    );
    const answered = expectOk(await sam.requests({ role: 'approver', state: 'rejected' })).requests;
    expect(answered.map(({ id }) => id)).toEqual([one]);
    expect(expectOk(await (await world.as('eve')).requests({ role: 'approver' })).requests).toEqual([]);
    expect(expectOk(await ana.requests({ role: 'approver' })).requests).toEqual([]);
  });

  it('lists grants that one may revoke', async () => {
    const [ana, jo, max] = [await world.as('ana'), await world.as('jo'), await world.as('max')];
    const { id } = expectOk(await ana.submit(weather, newKey()));
    const { grant } = expectOk(await ana.collect(id, newKey()));
    expect(expectOk(await jo.grants({ of: 'revocable' })).grants).toMatchObject([
      { id: grant.id, holder: { me: false } },
    ]);
    expect(expectOk(await max.grants({ of: 'revocable' })).grants).toEqual([]);
    expect(expectOk(await jo.revoke(grant.id, 'Not any more'))).toMatchObject({ state: 'ended', endReason: 'revoked' });
  });

  it('reads records, checkpoint and proofs', async () => {
    const lee = await world.as('lee');
    const checkpoint = expectOk(await lee.checkpoint());
    const size = Number(checkpoint.split('\n')[1]);
    expect(size).toBeGreaterThan(10);
    expect(expectOk(await lee.consistency(1, size)).hashes.length).toBeGreaterThan(0);
    expect(expectOk(await lee.inclusion(0, size)).hashes.length).toBeGreaterThan(0);
    expect(await lee.inclusion(size, size)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(await lee.consistency(size, 1)).toMatchObject({ ok: false, error: { code: 'not_found' } });
    expect(expectOk(await lee.records({ after: 2, limit: 2 })).records.map(({ sequence }) => sequence)).toEqual([3, 4]);
  });

  it('puts an id into its own part of the path, whatever it is', async () => {
    const urls: string[] = [];
    const client = await clientOver(async (request) => {
      urls.push(new URL(request.url).pathname);
      return await world.call(request, 'ana');
    });
    for (const id of ['a/b', 'a?b', 'a#b', '%2e%2e', 'é']) expect((await client.request(id)).ok).toBe(false);
    expect(urls.every((url) => url.startsWith('/v1/requests/') && url.split('/').length === 4)).toBe(true);
  });

  it('throws on an answer that no broker gives, instead of passing it on', async () => {
    const odd = [
      new Response('<html>a proxy</html>', { status: 502, headers: { 'content-type': 'text/html' } }),
      Response.json({ hello: 'world' }),
      Response.json({ hello: 'world' }, { status: 418 }),
    ];
    for (const response of odd)
      await expect((await clientOver(() => Promise.resolve(response))).me()).rejects.toThrow();
  });

  it('takes no page of somebody in between for the key or the checkpoint of the ledger, which would be an alarm', async () => {
    for (const type of ['text/html', 'application/json', ''])
      for (const what of ['ledgerKey', 'checkpoint'] as const) {
        const page = new Response('<html>Please sign in to this network</html>', { headers: { 'content-type': type } });
        await expect((await clientOver(() => Promise.resolve(page)))[what]()).rejects.toThrow('is not');
      }
    expect(expectOk(await (await world.as('lee')).ledgerKey())).toContain('PUBLIC KEY');
  });
});
