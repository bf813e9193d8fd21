// What resource servers ask: public keys, introspection (RFC 7662) and revocation (RFC 7009), over a whole broker.
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwksSchema } from '#shared/contracts/token-api.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: World;
beforeAll(async () => {
  const config = CONFIG.replace(
    'holidays:',
    `  - { name: lake, displayName: Lake, kind: service, audiences: ['dataset:weather'] }\n    holidays:`,
  );
  world = await openWorld({ config });
});
afterAll(async () => {
  await world.close();
});

async function collectFor(user: string, resource: string): Promise<{ id: string; token: string; url: string }> {
  const client = await world.as(user);
  const wish = { resource, actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };
  const { id } = expectOk(await client.submit(wish, newKey()));
  const { grant, credential } = expectOk(await client.collect(id, newKey()));
  return { id: grant.id, token: credential.secret, url: credential.url ?? '' };
}

async function post(path: string, form: Record<string, string>, user: string | null): Promise<Response> {
  return await world.call(new Request(`${BASE_URL}${path}`, { method: 'POST', body: new URLSearchParams(form) }), user);
}
const introspect = async (token: string, user = 'warehouse'): Promise<unknown> =>
  await (await post('/oauth/introspect', { token }, user)).json();
const stateOf = async (user: string, id: string): Promise<string | undefined> =>
  expectOk(await (await world.as(user)).grants({ limit: 200 })).grants.find((grant) => grant.id === id)?.state;

const INACTIVE = { active: false };

describe('introspection', () => {
  it('tells a resource server about tokens for what it serves', async () => {
    const { id, token } = await collectFor('ana', 'dataset:penguins');
    const { subject } = expectOk(await (await world.as('ana')).me());
    expect(await introspect(token)).toMatchObject({
      active: true,
      aud: 'dataset:penguins',
      sub: subject,
      grant_id: id,
      authorization_details: [{ type: 'daypass_access', locations: ['dataset:penguins'], actions: ['read'] }],
    });
    expect(JSON.stringify(await introspect(token))).not.toMatch(/Ana|Lima|vision/);
  });

  it('says of everything else only that it is not active', async () => {
    const { token } = await collectFor('ana', 'dataset:weather');
    expect(await introspect(token)).toEqual(INACTIVE);
    expect(await introspect(token, 'lee')).toEqual(INACTIVE);
    expect(await introspect(token, 'lake')).toMatchObject({ active: true });
    const { privateKey, publicKey } = await generateKeyPair('Ed25519');
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const jwk = await exportJWK(publicKey);
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const forged = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid, jwk })
      .sign(privateKey);
    const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${payload}.`;
    for (const other of [forged, unsigned, `${header}.${payload}.${signature.slice(1)}A`, 'x', 'a.b.c', `${token} `])
      expect(await introspect(other, 'lake'), other.slice(0, 20)).toEqual(INACTIVE);
  });

  it('says not active at the end, after Done, and after a revoke', async () => {
    const ana = await world.as('ana');
    const [done, revoked, expired] = [
      await collectFor('ana', 'dataset:penguins'),
      await collectFor('ana', 'dataset:penguins'),
      await collectFor('ana', 'dataset:penguins'),
    ];
    expectOk(await ana.release(done.id));
    expectOk(await (await world.as('lee')).revoke(revoked.id, 'over'));
    expect(await introspect(done.token)).toEqual(INACTIVE);
    expect(await introspect(revoked.token)).toEqual(INACTIVE);
    expect(await introspect(expired.token)).toMatchObject({ active: true });
    world.clock.advance(HOUR_MS - 1000);
    expect(await introspect(expired.token)).toMatchObject({ active: true });
    world.clock.advance(1000);
    expect(await introspect(expired.token)).toEqual(INACTIVE);
  });

  it('is for services and admins alone, by POST alone, with the token in the body alone', async () => {
    const { token } = await collectFor('max', 'dataset:penguins');
    expect((await post('/oauth/introspect', { token }, 'max')).status).toBe(403);
    expect((await post('/oauth/introspect', { token }, null)).status).toBe(401);
    const inUrl = `${BASE_URL}/oauth/introspect?token=${token}`;
    expect((await world.call(new Request(inUrl), 'warehouse')).status).toBe(405);
    const empty = new Request(inUrl, { method: 'POST', body: new URLSearchParams({}) });
    expect((await world.call(empty, 'warehouse')).status).toBe(400);
    const twice = new Request(`${BASE_URL}/oauth/introspect`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=x&token=${token}`,
    });
    expect((await world.call(twice, 'warehouse')).status).toBe(400);
  });
});

describe('revocation', () => {
  const revoke = async (token: string, user: string | null): Promise<Response> =>
    await post('/oauth/revoke', { token, token_type_hint: 'refresh_token' }, user);

  it('by its holder ends the grant, and the gateway refuses', async () => {
    const { id, token, url } = await collectFor('ana', 'dataset:penguins');
    const open = async (): Promise<number> => {
      const response = await fetch(`${url}penguins.csv`, { headers: { authorization: `Bearer ${token}` } });
      await response.arrayBuffer();
      return response.status;
    };
    expect(await open()).toBe(200);
    expect((await revoke(token, 'ana')).status).toBe(200);
    expect(await open()).toBe(401);
    expect(await stateOf('ana', id)).toBe('ended');
    expect((await revoke(token, 'ana')).status).toBe(200);
  });

  it('by anybody else changes nothing and is answered like that of an unknown token', async () => {
    const { id, token } = await collectFor('ana', 'dataset:penguins');
    for (const user of ['max', 'lee', 'jo', 'warehouse']) {
      const [foreign, unknown] = [await revoke(token, user), await revoke('unknown', user)];
      expect([foreign.status, await foreign.text(), [...foreign.headers]]).toEqual([
        unknown.status,
        await unknown.text(),
        [...unknown.headers],
      ]);
      expect(foreign.status).toBe(200);
    }
    expect((await revoke(token, null)).status).toBe(401);
    expect(await stateOf('ana', id)).toBe('active');
    expect(await introspect(token)).toMatchObject({ active: true });
  });
});

describe('the public keys', () => {
  it('have public members only, and verify what the broker signed', async () => {
    const response = await world.call(new Request(`${BASE_URL}/.well-known/jwks.json`), null);
    const set: unknown = await response.json();
    const { keys } = jwksSchema.parse(set);
    expect(keys.length).toBeGreaterThan(0);
    expect(JSON.stringify(set)).not.toMatch(/"(?:d|p|q|dp|dq|qi|k|oth)":/);
    for (const key of (set as { keys: object[] }).keys)
      expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});
