import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway } from '#broker/gateway/create-gateway.ts';
import { entry, openGatewayWorld, type GatewayWorld, type WorldOptions } from '#test/support/gateway-world.ts';
import { eventually, exchange, rawExchange, serveHttp, type TestServer } from '#test/support/http-exchange.ts';

const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function world(options: WorldOptions = {}): Promise<GatewayWorld> {
  const made = await openGatewayWorld(options);
  opened.push(made);
  writeFileSync(join(made.folder, 'files', 'a.csv'), 'x,y\n1,2\n');
  return made;
}

async function upstream(listener: Parameters<typeof serveHttp>[0]): Promise<TestServer> {
  const server = await serveHttp(listener);
  opened.push(server);
  return server;
}

const model = (url: string, over: Record<string, unknown> = {}) => ({
  id: 'model:echo',
  actions: { invoke: [{ methods: ['GET', 'POST'], paths: ['/v1/*'] }] },
  upstream: { kind: 'http', url, privateNetwork: true, secret: { from: 'env:UPSTREAM' }, ...over },
});
const SECRETS = { 'env:UPSTREAM': 'upstream-secret-0123456789' };

describe('a call through the gateway', () => {
  it('serves a file to a live credential and records its start and its end', async () => {
    const { port, grant, ledger, store } = await world();
    const { token, credential } = await grant();
    const answer = await exchange({ port, path: '/gateway/dataset/penguins/a.csv', token });
    expect(answer).toMatchObject({ status: 200, text: 'x,y\n1,2\n' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    await eventually(async () => (await ledger.events()).length === 2);
    const [started, finished] = await ledger.events();
    expect(started).toMatchObject({
      kind: 'use.started',
      grantId: credential.grantId,
      data: { action: 'read', method: 'GET' },
    });
    expect(finished).toMatchObject({
      kind: 'use.finished',
      data: { status: 200, bytesIn: 0, bytesOut: 8, masked: false },
    });
    expect(await store.read.selectFrom('gateway_open_uses').selectAll().execute()).toEqual([]);
  });

  it('calls an HTTP upstream with its own secret, and never with the token, cookies or forwarding headers', async () => {
    let seen: Record<string, unknown> = {};
    const { url } = await upstream((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen = { ...request.headers, url: request.url, body: Buffer.concat(chunks).toString() };
        response.setHeader('set-cookie', 'a=b').setHeader('x-powered-by', 'x').setHeader('content-type', 'text/plain');
        response.end('hello');
      });
    });
    const { port, grant } = await world({ resources: [model(`${url}/base`)], secrets: SECRETS });
    const { token } = await grant({ actions: ['invoke'] });
    const headers = {
      cookie: 'c=d',
      'x-forwarded-for': '1.2.3.4',
      'proxy-authorization': 'p',
      'content-type': 'text/plain',
    };
    const answer = await exchange({
      port,
      path: '/gateway/model/echo/v1/run?q=1',
      method: 'POST',
      token,
      headers,
      body: 'input',
    });
    expect(answer).toMatchObject({ status: 200, text: 'hello' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(seen).toMatchObject({
      url: '/base/v1/run?q=1',
      body: 'input',
      authorization: 'Bearer upstream-secret-0123456789',
    });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['cookie']));
    expect(JSON.stringify(seen)).not.toContain(token);
    expect(seen['x-forwarded-for']).toBeUndefined();
  });

  it('opens nothing when the start cannot be recorded', async () => {
    let called = 0;
    const { url } = await upstream((_request, response) => {
      called += 1;
      response.end();
    });
    const { port, grant, ledger } = await world({ resources: [model(url)], secrets: SECRETS });
    const { token } = await grant({ actions: ['invoke'] });
    ledger.failOn = 'use.started';
    const answer = await exchange({ port, path: '/gateway/model/echo/v1/run', token });
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'use_not_recorded' });
    expect(called).toBe(0);
  });

  it('opens nothing when the credential is removed while its start is being recorded', async () => {
    let called = 0;
    const { url } = await upstream((_request, response) => {
      called += 1;
      response.end();
    });
    const { port, grant, ledger, live, store } = await world({ resources: [model(url)], secrets: SECRETS });
    const { token, credential } = await grant({ actions: ['invoke'] });
    const append = ledger.append.bind(ledger);
    Object.assign(ledger, {
      append: async (...parameters: Parameters<typeof append>) => {
        await append(...parameters);
        live.remove(credential.credentialId);
      },
    });
    const answer = await exchange({ port, path: '/gateway/model/echo/v1/run', token });
    expect(answer.status).toBe(401);
    expect(called).toBe(0);
    await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
    expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('access_ended');
    expect(await store.read.selectFrom('gateway_open_uses').selectAll().execute()).toEqual([]);
  });
});

describe('who may not come in', () => {
  const path = '/gateway/dataset/penguins/a.csv';

  it('asks for a token, and takes it from nowhere but the Authorization header', async () => {
    const { port, grant } = await world();
    const { token } = await grant();
    const none = await exchange({ port, path });
    expect(none.status).toBe(401);
    expect(none.headers['www-authenticate']).toBe('Bearer realm="daypass"');
    expect((await exchange({ port, path: `${path}?access_token=${token}` })).status).toBe(400);
    expect((await exchange({ port, path, headers: { cookie: `token=${token}` } })).status).toBe(401);
    expect((await exchange({ port, path, headers: { authorization: `Basic ${token}` } })).status).toBe(401);
  });

  it('refuses a token that is forged, for another resource, removed, past its end, or at odds with its credential', async () => {
    const { port, grant, live, clock } = await world({ resources: [{}, { id: 'dataset:other' }] });
    const bad = async (token: string) => {
      const answer = await exchange({ port, path, token });
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="daypass", error="invalid_token"');
      return answer.status;
    };
    const good = await grant();
    const [head, payload, signature] = good.token.split('.');
    expect(await bad(`${head}.${payload}.${signature?.split('').reverse().join('')}`)).toBe(401);
    expect(await bad((await grant({ resource: 'dataset:other' })).token)).toBe(401);
    live.remove(good.credential.credentialId);
    expect(await bad(good.token)).toBe(401);
    const another = await grant();
    live.add({ ...another.credential, grantId: 'grt_other' });
    expect(await bad(another.token)).toBe(401);
    live.add({ ...another.credential, subject: 'sub_other' });
    expect(await bad(another.token)).toBe(401);
    const short = await grant({ endsAtMs: clock.now() + 5000 });
    clock.shiftMs = 5000;
    expect(await bad(short.token)).toBe(401);
  });

  it('permits only what token, credential and catalog all name', async () => {
    const actions = { read: [{ methods: ['GET'], paths: ['/a.csv'] }], list: [{ methods: ['GET'], paths: ['/'] }] };
    const { port, grant, live, resources } = await world({ resources: [{ actions }] });
    const { token, credential } = await grant({ actions: ['read'] });
    expect((await exchange({ port, path, token })).status).toBe(200);
    live.add({ ...credential, actions: ['read', 'list'] });
    const listing = await exchange({ port, path: '/gateway/dataset/penguins/', token });
    expect(listing.status).toBe(403);
    expect(listing.headers['www-authenticate']).toContain('insufficient_scope');
    live.add({ ...credential, actions: ['list'] });
    expect((await exchange({ port, path, token })).status).toBe(403);
    live.add(credential);
    resources.set('dataset:penguins', entry({ actions: { list: actions.list } }));
    expect((await exchange({ port, path, token })).status).toBe(401);
  });

  it('says nothing of what exists to somebody without a token for it', async () => {
    const { port, grant } = await world();
    const { token } = await grant();
    const unknown = await exchange({ port, path: '/gateway/dataset/unknown/a.csv', token });
    const other = await exchange({ port, path: '/gateway/dataset/unknown/a.csv' });
    expect([unknown.status, other.status]).toEqual([401, 401]);
  });

  it('refuses other hosts and web pages', async () => {
    const { port, grant } = await world({ hostNames: ['data.example.org'] });
    const { token } = await grant();
    const status = async (headers: Record<string, string>) => (await exchange({ port, path, token, headers })).status;
    expect(await status({ host: `localhost:${port}` })).toBe(200);
    expect(await status({ host: 'data.example.org' })).toBe(200);
    expect(await status({ host: 'evil.example' })).toBe(421);
    expect(await status({ host: `evil.example:${port}` })).toBe(421);
    expect(await status({ host: 'localhost:1' })).toBe(421);
    expect(await status({ origin: 'http://localhost' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await status({ 'sec-fetch-site': 'none' })).toBe(200);
    const twoHosts = `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nHost: evil\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    expect(await rawExchange(port, twoHosts)).toMatch(/^HTTP\/1\.1 400/);
  });

  it('records refused calls of signed tokens, few of them, and junk never', async () => {
    const { port, grant, live, ledger } = await world();
    const { token, credential } = await grant();
    live.remove(credential.credentialId);
    for (let round = 0; round < 30; round += 1) await exchange({ port, path, token });
    for (let round = 0; round < 5; round += 1) await exchange({ port, path, token: `${token}x` });
    await eventually(async () => (await ledger.events()).length >= 10);
    const refused = await ledger.eventsOf('use.refused');
    expect(refused).toHaveLength(10);
    expect(refused[0]).toMatchObject({
      grantId: credential.grantId,
      outcome: 'failure',
      data: { code: 'not_live', method: 'GET' },
    });
  });
});

describe('the probe', () => {
  it('says what the enforcing path would say', async () => {
    const { gateway, grant, live, clock, resources } = await world();
    const { credential } = await grant({ endsAtMs: clock.now() + 10_000 });
    const probe = () => gateway.probe(credential.credentialId);
    expect(probe()).toBe('works');
    resources.clear();
    expect(probe()).toBe('refused');
    resources.set('dataset:penguins', entry());
    clock.shiftMs = 10_000;
    expect(probe()).toBe('refused');
    clock.shiftMs = 0;
    expect(probe()).toBe('works');
    live.remove(credential.credentialId);
    expect(probe()).toBe('refused');
  });
});

describe('grants that end with their operation', () => {
  it('ends after the first completed call, not after a failed one, and lets one run at a time', async () => {
    let release: () => void = () => undefined;
    const { url } = await upstream((request, response) => {
      if (request.url === '/v1/fail') response.writeHead(500).end();
      else release = () => response.end('done');
    });
    const { port, grant, operationsDone, gateway, ledger } = await world({ resources: [model(url)], secrets: SECRETS });
    const { token, credential } = await grant({ actions: ['invoke'], endsWithOperation: true });
    expect((await exchange({ port, path: '/gateway/model/echo/v1/fail', token })).status).toBe(500);
    await eventually(async () => (await ledger.eventsOf('use.finished')).length === 1);
    expect(operationsDone).toEqual([]);
    const first = exchange({ port, path: '/gateway/model/echo/v1/slow', token });
    await eventually(async () => (await ledger.eventsOf('use.started')).length === 2);
    expect((await exchange({ port, path: '/gateway/model/echo/v1/slow', token })).status).toBe(409);
    await eventually(() => {
      release();
      return operationsDone.length === 1;
    });
    expect((await first).text).toBe('done');
    expect(operationsDone).toEqual([credential.credentialId]);
    expect(gateway.probe(credential.credentialId)).toBe('refused');
    expect((await exchange({ port, path: '/gateway/model/echo/v1/slow', token })).status).toBe(401);
  });
});

describe('a broker that cannot hear of a done operation', () => {
  it('is told again, while the credential stays refused', async () => {
    const { port, grant, operationsDone, failOperations, gateway } = await world();
    const { token, credential } = await grant({ endsWithOperation: true });
    failOperations(1000);
    expect((await exchange({ port, path: '/gateway/dataset/penguins/a.csv', token })).status).toBe(200);
    await eventually(() => gateway.probe(credential.credentialId) === 'refused');
    expect((await exchange({ port, path: '/gateway/dataset/penguins/a.csv', token })).status).toBe(401);
    expect(operationsDone).toEqual([]);
    failOperations(0);
    await eventually(() => operationsDone.length === 1);
  });

  it('lets one of two calls in that come at the same moment', async () => {
    const { port, grant, ledger } = await world();
    const { token } = await grant({ endsWithOperation: true });
    const calls = Array.from({ length: 6 }, () => exchange({ port, path: '/gateway/dataset/penguins/a.csv', token }));
    const statuses = (await Promise.all(calls)).map((answer) => answer.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(await ledger.eventsOf('use.started')).toHaveLength(1);
  });
});

describe('the end of the gateway', () => {
  it('says clearly that its port is taken', async () => {
    const first = await world();
    const second = createGateway({
      ...first,
      catalogFolder: first.folder,
      resource: () => null,
      secret: () => Promise.reject(new Error()),
      operationDone: () => Promise.resolve(),
    });
    const refused = second.listen({ host: '127.0.0.1', port: first.port });
    await expect(refused).rejects.toMatchObject({ code: 'port_taken' });
    await second.close();
  });

  it('cuts what still runs after the grace, and records it', async () => {
    const { url } = await upstream((_request, response) => void response.write('first'));
    const made = await openGatewayWorld({ resources: [model(url)], secrets: SECRETS, limits: { closeGraceMs: 50 } });
    const { token } = await made.grant({ actions: ['invoke'] });
    const running = exchange({ port: made.port, path: '/gateway/model/echo/v1/stream', token });
    await eventually(async () => (await made.ledger.events()).length === 1);
    await made.gateway.close();
    expect((await made.ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('gateway_closed');
    await expect(running.then((answer) => answer.complete && answer.status === 200)).resolves.toBe(false);
    await made.close();
  });

  it('closes the calls that a crash left open, once', async () => {
    const { gateway, store, ledger } = await world();
    const row = {
      use_id: 'use_1',
      grant_id: 'grt_1',
      request_id: 'req_1',
      subject: 'sub_1',
      resource: 'dataset:penguins',
    };
    await store.transaction((tx) => tx.insertInto('gateway_open_uses').values(row).execute());
    await gateway.reconcile();
    await gateway.reconcile();
    expect(await ledger.events()).toMatchObject([
      {
        kind: 'use.interrupted',
        actor: 'broker',
        grantId: 'grt_1',
        data: { useId: 'use_1', code: 'broker_restarted' },
      },
    ]);
  });

  it('survives callers that go away at any moment', async () => {
    const { port, grant } = await world();
    const { token } = await grant();
    const head = `GET /gateway/dataset/penguins/a.csv HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
    for (let length = 0; length < head.length; length += 40) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(head.slice(0, length), () => socket.resetAndDestroy());
    }
    for (let round = 0; round < 10; round += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(head, () => socket.resetAndDestroy());
    }
    await eventually(
      async () => (await exchange({ port, path: '/gateway/dataset/penguins/a.csv', token })).status === 200,
    );
  });
});
