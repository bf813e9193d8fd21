// What a stranger finds at a team's broker: no spelling of a path leads around a check, no web page gets in, health and
// errors tell nothing, and a directory's routes open to the directory alone.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE_URL, expectOk } from '#test/support/broker-world.ts';
import { exchange, type Exchange } from '#test/support/http-exchange.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { MDM } from '#test/support/standalone-world.ts';
import { NO_THINGS, pendingRequest, ROUTE_IDS, routeOf, urlOf } from '../http/calls.ts';
import { rawExchange } from '../listen/raw.ts';

const HOST = new URL(BASE_URL).host;
let world: HttpWorld;
beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(async () => {
  await world.close();
});

const send = async (
  path: string,
  user: string | null,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Exchange> =>
  await exchange({
    port: world.wire.port,
    path,
    method,
    headers: { host: HOST, ...headers },
    ...(user === null ? {} : { token: await world.tokenFor(user) }),
    ...(body === undefined ? {} : { body }),
  });

/** As it is written: HTTP libraries would tidy it. */
async function rawGet(target: string, user: string | null): Promise<number> {
  const authorization = user === null ? '' : `Authorization: Bearer ${await world.tokenFor(user)}\r\n`;
  const bytes = `GET ${target} HTTP/1.1\r\nHost: ${HOST}\r\n${authorization}Connection: close\r\n\r\n`;
  return Number((await rawExchange(world.wire.port, bytes)).slice(9, 12));
}

describe('a path that is spelled otherwise', () => {
  const spelled = [
    ...['//v1/me', '/v1//me', '///v1/me', '/v1/me/', '/v1/me//', '/./v1/me', '/v1/./me', '/v1/none/../me'],
    ...['/v1/%6de', '/v1%2fme', '/%2e/v1/me', '/v1/%2e%2e/v1/me', '/v1/..%2fv1/me', '/v1/me%2f', '/v1/me%00'],
    ...['/v1/me;x=1', '/v1;x=1/me', '/v1/me.json', '/v1/me%20', '/V1/ME', '/v1\\me', '/v1/me#x', '/healthz/../v1/me'],
    ...['/healthz%2f..%2fv1/me', '/healthz;/v1/me', '/healthz/v1/me', '/.well-known/../v1/me', '/v1/me?', '/v1/me%3f'],
    ...['/metrics', '/metrics/', '//metrics', '/%6detrics', '/healthz/../metrics', '/metrics;x', '/metrics%00'],
    ...['/%ff%fe', '/%', '/%zz', '/v1/%c0%af', '/..%2f..%2fetc/passwd', '/%252e%252e/v1/me'],
  ];
  it.each(spelled)('%s opens nothing to nobody, and nothing more to somebody', async (target) => {
    expect([400, 401, 404]).toContain(await rawGet(target, null));
    const status = await rawGet(target, 'ana');
    expect([200, 400, 403, 404]).toContain(status);
    if (/metrics/.test(target)) expect(status).not.toBe(200);
  });

  it('leads from one’s own id to nobody else’s', async () => {
    const own = await pendingRequest(world, 'ana');
    const foreign = await pendingRequest(world, 'max');
    expect(await rawGet(`/v1/requests/${own.id}`, 'ana')).toBe(200);
    for (const target of [
      `${own.id}%2f..%2f${foreign.id}`,
      `${own.id}/../${foreign.id}`,
      `${own.id};${foreign.id}`,
      `${own.id}%00${foreign.id}`,
      `${foreign.id}?id=${own.id}`,
      `${foreign.id}#${own.id}`,
      foreign.id.replace('_', '%5f'),
    ])
      expect([400, 404], target).toContain(await rawGet(`/v1/requests/${target}`, 'ana'));
  });

  it('is not health to who comes by another name', async () => {
    const at = async (target: string): Promise<string> =>
      (
        await rawExchange(world.wire.port, `GET ${target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)
      ).slice(9, 12);
    expect(await at('/healthz')).toBe('200');
    for (const target of ['/healthz?x', '/healthz/../v1/me', '//healthz', '/healthz/', '/metrics', '/v1/openapi.json'])
      expect(await at(target), target).toBe('421');
  });
});

describe('a web page', () => {
  const pages = ['https://evil.example', 'null', BASE_URL, 'http://localhost:3000'];

  it('is told on no route that it may call', async () => {
    for (const origin of pages) {
      const preflight = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,dpop',
        'access-control-request-private-network': 'true',
      };
      for (const route of ROUTE_IDS) {
        const { pathname } = new URL(urlOf(route, NO_THINGS));
        const asked = await send(pathname, null, { method: 'OPTIONS', headers: preflight });
        expect(asked.status, `${route} ${origin}`).toBe(405);
        const called = await send(pathname, null, { method: routeOf(route).method, headers: { origin } });
        for (const { headers } of [asked, called]) {
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
          expect(headers['set-cookie']).toBeUndefined();
          expect(headers['cross-origin-resource-policy']).toBe('same-origin');
          expect(headers['x-content-type-options']).toBe('nosniff');
        }
      }
    }
  });

  it('cannot act with what a form can send, and neither can a browser that is signed in elsewhere', async () => {
    await world.as('ana');
    const before = world.wire.seen.length;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      for (const path of ['/v1/requests', '/oauth/revoke', '/oauth/introspect', '/v1/devices']) {
        const headers = { origin: 'https://evil.example', 'content-type': type, cookie: 'session=1' };
        expect(
          (await send(path, null, { method: 'POST', headers, body: '{"resource":"dataset:penguins"}' })).status,
        ).toBe(401);
      }
    expect(world.wire.seen.length).toBe(before + 12);
    const dpop = await world.proofFor('ana', { method: 'POST', path: '/v1/requests' });
    const plain = { 'content-type': 'text/plain', 'idempotency-key': 'one-of-a-kind', dpop };
    expect((await send('/v1/requests', 'ana', { method: 'POST', headers: plain, body: '{}' })).status).toBe(415);
  });
});

describe('HEAD', () => {
  it('asks for the same right as GET, and has its headers alone', async () => {
    for (const path of ['/v1/me', '/v1/events', '/metrics', '/scim/v2/Users'])
      expect((await send(path, null, { method: 'HEAD' })).status, path).toBe(401);
    const head = await send('/v1/me', 'ana', { method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect((await send('/metrics', 'ana', { method: 'HEAD' })).status).toBe(403);
  });
});

describe('who watches', () => {
  it('learns from health that it is well and nothing else', async () => {
    expect((await send('/healthz', null)).text).toBe('{"status":"ok"}');
    expect((await send('/readyz', null)).text).toBe('{"status":"ready"}');
  });

  it('learns from no answer what it runs on, and gets nothing back of what it sent', async () => {
    const canary = 'canary-9e1f';
    for (const [path, user] of [
      ['/healthz', null],
      [`/v1/${canary}`, null],
      [`/v1/${canary}`, 'ana'],
      [`/v1/requests/${canary}`, 'ana'],
      [`/v1/requests?state=${canary}`, 'ana'],
      [`/scim/v2/${canary}`, MDM],
    ] as const) {
      const { text, headers } = await send(path, user, { headers: { 'x-canary': canary, 'x-request-id': canary } });
      expect(`${text} ${JSON.stringify(headers)}`, path).not.toContain(canary);
      for (const name of ['server', 'x-powered-by', 'via']) expect(headers[name]).toBeUndefined();
    }
  });

  it('gets metrics as a service or an administrator, with nobody’s name, id or resource in them', async () => {
    const { subject } = expectOk(await (await world.as('ana')).me());
    expect((await send('/metrics', null)).status).toBe(401);
    for (const user of ['ana', 'jo', 'sam']) expect((await send('/metrics', user)).status, user).toBe(403);
    const { status, text } = await send('/metrics', 'warehouse');
    expect(status).toBe(200);
    expect(text).toContain('daypass_requests');
    for (const told of [subject, 'Ana', 'ana', 'dataset:', 'req_', 'sub_', '127.0.0.1'])
      expect(text).not.toContain(told);
  });
});

describe('a directory’s routes', () => {
  const routes = ROUTE_IDS.filter((id) => id.startsWith('scim'));

  it('open to the directory alone: to no person, no other service, no token that anybody else made', async () => {
    const claims = { sub: MDM, client_id: MDM };
    const tokens: readonly (readonly [string, string | null, number])[] = [
      ['nobody', null, 401],
      ['a person', await world.tokenFor('ana'), 403],
      ['an administrator', await world.tokenFor('lee'), 403],
      ['another service', await world.tokenFor('warehouse'), 403],
      ['a person at the directory', await world.issuer.sign({ ...claims, sub: 'ana' }), 401],
      ['a person called as the directory', await world.issuer.sign({ sub: MDM }), 401],
      ['a forger', await world.issuer.forge(claims), 401],
      ['the directory at another broker', await world.issuer.sign({ ...claims, aud: 'https://other.example' }), 401],
      ['the directory yesterday', await world.issuer.sign({ ...claims, iat: 1_700_000_000, exp: 1_700_000_900 }), 401],
      ['whoever has a word for a token', 'scim-secret', 401],
    ];
    for (const [who, token, status] of tokens)
      for (const route of routes) {
        const { method } = routeOf(route);
        const { pathname } = new URL(urlOf(route, NO_THINGS));
        const headers = { 'content-type': 'application/scim+json', host: HOST };
        const said = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
        const answer = await exchange({
          port: world.wire.port,
          path: pathname,
          method,
          headers,
          ...said,
          ...(token === null ? {} : { token }),
        });
        expect(answer.status, `${route} as ${who}`).toBe(status);
        expect(answer.headers['content-type']).toBe('application/scim+json');
      }
  });
});
