// Who calls and from where, said in every wrong way: only one good token in the one right header counts, a header that a
// proxy would write counts from that proxy alone.
import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '#shared/contracts/problem.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { exchange, type Exchange } from '#test/support/http-exchange.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { CONFIG } from '#test/support/world-files.ts';

let world: HttpWorld;
let token: string;
beforeAll(async () => {
  world = await openHttpWorld();
  await world.as('ana');
  token = await world.tokenFor('ana');
});
afterAll(async () => {
  await world.close();
});

type Headers = Readonly<Record<string, string | readonly string[]>>;
const sendTo = async (to: HttpWorld, path: string, headers: Headers, method = 'GET', body?: string) =>
  await exchange({
    port: to.wire.port,
    path,
    method,
    // A list is a header that is said as often.
    headers: { host: new URL(BASE_URL).host, ...(headers as OutgoingHttpHeaders) },
    ...(body === undefined ? {} : { body }),
  });
const send = async (path: string, headers: Headers = {}, method = 'GET', body?: string): Promise<Exchange> =>
  await sendTo(world, path, headers, method, body);

describe('the Authorization header', () => {
  it('with one good token lets in, however the scheme is written', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer  '])
      expect((await send('/v1/me', { authorization: `${scheme} ${token}` })).status, scheme).toBe(200);
  });

  const wrong: readonly (readonly [string, () => Headers, number])[] = [
    ['missing', () => ({}), 401],
    ['empty', () => ({ authorization: '' }), 401],
    ['without a token', () => ({ authorization: 'Bearer' }), 401],
    ['without a scheme', () => ({ authorization: token }), 401],
    ['of another scheme', () => ({ authorization: `Basic ${Buffer.from(`ana:${token}`).toString('base64')}` }), 401],
    ['of a scheme that begins alike', () => ({ authorization: `Bearers ${token}` }), 401],
    ['with a proof’s scheme for a token that is not bound', () => ({ authorization: `DPoP ${token}` }), 401],
    ['with something behind the token', () => ({ authorization: `Bearer ${token} x` }), 401],
    ['with two tokens', () => ({ authorization: `Bearer ${token}, Bearer ${token}` }), 401],
    ['with the token in quotes', () => ({ authorization: `Bearer "${token}"` }), 401],
    ['with a tab before the token', () => ({ authorization: `Bearer\t${token}` }), 401],
    ['with parameters', () => ({ authorization: `Bearer token=${token}` }), 401],
    ['twice, both good', () => ({ authorization: [`Bearer ${token}`, `Bearer ${token}`] }), 400],
    ['twice, good and other', () => ({ authorization: [`Bearer ${token}`, 'Basic YTph'] }), 400],
    ['under a proxy’s name', () => ({ 'proxy-authorization': `Bearer ${token}` }), 401],
    ['under another name', () => ({ 'x-authorization': `Bearer ${token}`, 'x-access-token': token }), 401],
    ['as a cookie', () => ({ cookie: `authorization=Bearer ${token}; access_token=${token}` }), 401],
    [
      'as what a proxy verified',
      () => ({ 'x-forwarded-user': 'lee', 'x-remote-user': 'lee', 'remote-user': 'lee' }),
      401,
    ],
  ];
  it.each(wrong)('%s lets nobody in', async (_name, headers, status) => {
    const answer = await send('/v1/me', headers());
    expect(answer.status).toBe(status);
    expect(problemSchema.parse(JSON.parse(answer.text)).status).toBe(status);
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="daypass"/);
  });

  it('is no query and no form: a token there is neither taken nor logged', async () => {
    for (const path of [`/v1/me?access_token=${token}`, `/v1/me?authorization=Bearer%20${token}`])
      expect((await send(path)).status, path.slice(0, 20)).toBe(401);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await send('/oauth/introspect', form, 'POST', `token=${token}&access_token=${token}`);
    expect(posted.status).toBe(401);
    await expect.poll(() => world.wire.log()).toContain('/oauth/introspect');
    expect(world.wire.log()).not.toContain('eyJ');
  });
});

describe('what only a proxy may say', () => {
  const elsewhere = 'broker.evil.example';
  const saidOfTheCall: Headers = {
    'x-forwarded-host': elsewhere,
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '444',
    'x-forwarded-prefix': '/evil',
    'x-original-url': '/v1/catalog',
    'x-rewrite-url': '/v1/catalog',
    'x-http-method-override': 'DELETE',
    'x-method-override': 'DELETE',
    forwarded: `host=${elsewhere};proto=https;for=198.51.100.9`,
  };
  const FEW_READS = CONFIG.replace(/^rateLimits:.*$/m, 'rateLimits: { readsPerMinute: 5 }');

  describe.each([
    { who: 'nobody', proxies: [], last: 429 },
    { who: 'this proxy', proxies: ['127.0.0.1'], last: 200 },
  ])('where $who is trusted', ({ proxies, last }) => {
    let behind: HttpWorld;
    beforeAll(async () => {
      behind = await openHttpWorld({ proxies, config: FEW_READS });
    });
    afterAll(async () => {
      await behind.close();
    });
    const at = async (path: string, headers: Headers, method = 'GET'): Promise<Exchange> =>
      await sendTo(behind, path, headers, method);

    it('of the URL and the method it means nothing', async () => {
      await behind.as('ana');
      const authorization = `Bearer ${await behind.tokenFor('ana')}`;
      expect((await at('/v1/none', { ...saidOfTheCall, authorization })).status).toBe(404);
      expect((await at('/v1/me', { ...saidOfTheCall, authorization })).status).toBe(200);
      const dpop = await behind.proofFor('ana', { method: 'POST', path: '/v1/devices' });
      expect((await at('/v1/devices', { ...saidOfTheCall, authorization, dpop }, 'POST')).status).toBe(201);
      expect(behind.wire.seen.slice(-3)).toEqual(['GET /v1/none', 'GET /v1/me', 'POST /v1/devices']);
      const metadata = await at('/.well-known/oauth-protected-resource', saidOfTheCall);
      expect(JSON.parse(metadata.text)).toMatchObject({ resource: BASE_URL });
      expect(metadata.text).not.toContain('evil');
      const named = { host: elsewhere, 'x-forwarded-host': new URL(BASE_URL).host, authorization };
      expect((await at('/v1/me', named)).status).toBe(421);
    });

    it('of the address it gives a new budget from that proxy alone', async () => {
      const seen: number[] = [];
      for (let turn = 1; turn <= 6; turn += 1)
        seen.push((await at('/.well-known/jwks.json', { 'x-forwarded-for': `198.51.100.${turn}` })).status);
      expect(seen).toEqual([200, 200, 200, 200, 200, last]);
    });
  });
});
