// Device proofs (RFC 9449) at the API: each call that needs one, with every proof that is not good enough.
import { decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/contracts/problem.ts';
import { createDeviceKey, signDeviceProof, type DeviceKey } from '#shared/device/device-proof.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { NO_THINGS, ROUTE_IDS, routeOf, urlOf, validCall, type Things } from './calls.ts';

let world: World;
let approved: Things;
beforeAll(async () => {
  world = await openWorld();
  const ana = await world.as('ana');
  const wish = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: MINUTE_MS };
  approved = { ...NO_THINGS, id: expectOk(await ana.submit(wish, newKey())).id };
});
afterAll(async () => {
  await world.close();
});

const ENROLLED_ONLY = ROUTE_IDS.filter((id) => routeOf(id).proof === 'enrolled_device');
const PROVEN = ROUTE_IDS.filter((id) => routeOf(id).proof !== 'none');
type Proven = (typeof PROVEN)[number];

async function callWith(route: Proven, dpop: string | null, user = 'ana'): Promise<{ status: number; why: string }> {
  const key = await world.deviceKey('ana');
  const call = await validCall({ route, things: approved, key, nowMs: world.clock.now() });
  if (dpop === null) call.headers.delete('dpop');
  else call.headers.set('dpop', dpop);
  const response = await world.call(call, user);
  const problem = problemSchema.safeParse(await response.json());
  return { status: response.status, why: problem.data?.detail ?? problem.data?.code ?? '' };
}

async function proof(route: Proven, over: Partial<Parameters<typeof signDeviceProof>[0]> = {}): Promise<string> {
  const { method } = routeOf(route);
  const key = await world.deviceKey('ana');
  return await signDeviceProof({ key, method, url: urlOf(route, approved), nowMs: world.clock.now(), ...over });
}

const refused = (why: string): { status: number; why: string } => ({ status: 401, why });

describe.each(PROVEN)('%s', (route) => {
  it('wants a proof', async () => {
    const { status, why } = await callWith(route, null);
    expect(status).toBe(400);
    expect(why).toContain('Send a DPoP header');
  });

  it('refuses a proof for another URL or another method', async () => {
    const url = `${urlOf(route, approved)}/`;
    expect(await callWith(route, await proof(route, { url }))).toEqual(refused('wrong_url'));
    const elsewhere = urlOf(route, approved).replace('//broker', '//evil');
    expect(await callWith(route, await proof(route, { url: elsewhere }))).toEqual(refused('wrong_url'));
    expect(await callWith(route, await proof(route, { method: 'GET' }))).toEqual(refused('wrong_method'));
  });

  it('refuses a proof that is old, or not yet valid', async () => {
    const nowMs = world.clock.now();
    expect(await callWith(route, await proof(route, { nowMs: nowMs - 2 * MINUTE_MS }))).toEqual(refused('stale'));
    expect(await callWith(route, await proof(route, { nowMs: nowMs + 2 * MINUTE_MS }))).toEqual(
      refused('not_yet_valid'),
    );
  });

  it('takes a proof once, on whatever route and by whomever', async () => {
    const once = await proof(route);
    const { status } = await callWith(route, once);
    // Nobody has the key that it would take over from, which is only looked for behind the proof.
    if (route === 'changeDeviceKey') expect(status).toBe(404);
    else expect(status).toBeLessThan(300);
    expect(await callWith(route, once)).toEqual(refused('replayed'));
    expect(await callWith(route, once, 'max')).toEqual(refused('replayed'));
  });

  it('refuses two proofs at once, and noise', async () => {
    const two = `${await proof(route)}, ${await proof(route)}`;
    expect((await callWith(route, two)).status).toBe(401);
    expect(await callWith(route, 'noise')).toEqual(refused('malformed'));
  });

  it('refuses a proof whose key is not the one that signed', async () => {
    const mine = await proof(route);
    const other = await createDeviceKey();
    const { publicJwk } = await world.deviceKey('ana');
    const forged = await new SignJWT(decodeJwt(mine))
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'Ed25519', jwk: publicJwk })
      .sign(other.privateKey);
    expect(await callWith(route, forged)).toEqual(refused('bad_signature'));
  });
});

describe.each(ENROLLED_ONLY)('%s', (route) => {
  it('refuses a key that nobody enrolled', async () => {
    expect(await callWith(route, await proof(route, { key: await createDeviceKey() }))).toEqual(
      refused('not_enrolled'),
    );
  });

  it('refuses a key that is enrolled for somebody else', async () => {
    await world.as('max');
    const key = await world.deviceKey('max');
    expect(await callWith(route, await proof(route, { key }))).toEqual(refused('not_enrolled'));
    const anas = await proof(route);
    expect(await callWith(route, anas, 'kim')).toEqual(refused('not_enrolled'));
  });
});

describe('enrolment', () => {
  const enrol = async (user: string, key: DeviceKey): Promise<unknown> => {
    const call = await validCall({ route: 'enrolDevice', key, nowMs: world.clock.now() });
    const response = await world.call(call, user);
    expect(response.status).toBe(201);
    return await response.json();
  };
  const recorded = async (device: string): Promise<number> => {
    await world.broker().ledger.settled();
    const { records } = expectOk(await (await world.as('lee')).records({ limit: 1000 }));
    return records.filter(({ record }) => {
      const text = JSON.stringify(record);
      return text.includes('device.enrolled') && text.includes(device);
    }).length;
  };

  it('is recorded once, however often and however much at once it is asked for', async () => {
    const key = await createDeviceKey();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(async () => await enrol('ana', key)));
    world.clock.advance(1000);
    answers.push(await enrol('ana', key));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toEqual({ device: key.device, enrolledAt: expect.any(String) as string });
    expect(await recorded(key.device)).toBe(1);
  });

  it('of the same key by a second person is theirs too, on record, and gives neither the other’s things', async () => {
    const key = await createDeviceKey();
    await enrol('ana', key);
    await enrol('max', key);
    expect(await recorded(key.device)).toBe(2);
    const ana = await validCall({ route: 'submit', key, nowMs: world.clock.now() });
    const { id } = (await (await world.call(ana, 'ana')).json()) as { id: string };
    const collect = await validCall({ route: 'collect', things: { ...NO_THINGS, id }, key, nowMs: world.clock.now() });
    expect((await world.call(collect, 'max')).status).toBe(404);
  });

  it('of a second device does not let it collect what the first one asked for', async () => {
    const ana = await world.as('ana');
    const tablet = await world.as('ana', 'tablet');
    const wish = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: MINUTE_MS };
    const { id } = expectOk(await ana.submit(wish, newKey()));
    expect(await tablet.collect(id, newKey())).toMatchObject({ ok: false, error: { code: 'collect_conflict' } });
    expect((await ana.collect(id, newKey())).ok).toBe(true);
  });

  it('does not outlive its replay protection across a restart', async () => {
    const key = await world.deviceKey('ana');
    const used = await validCall({ route: 'enrolDevice', key, nowMs: world.clock.now() });
    const again = used.clone();
    expect((await world.call(used, 'ana')).status).toBe(201);
    world.clock.advance(2000);
    await world.stop();
    await world.start();
    expect((await world.call(again, 'ana')).status).toBe(401);
  });
});
