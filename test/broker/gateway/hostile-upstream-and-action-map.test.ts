import type { LookupAddress } from 'node:dns';
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { permittingActions } from '#broker/gateway/action-map.ts';
import { parseRequestTarget } from '#broker/gateway/request-target.ts';
import { judgeAddress } from '#broker/gateway/upstream-address.ts';
import { entry, openGatewayWorld, type GatewayWorld, type WorldOptions } from '#test/support/gateway-world.ts';
import {
  eventually,
  exchange,
  rawExchange,
  serveBytes,
  serveHttp,
  type Exchange,
} from '#test/support/http-exchange.ts';

const SECRET = 'sk-upstream-0123456789-abcdef';
const opened: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

type Hostile = GatewayWorld & {
  readonly call: (path?: string, headers?: Record<string, string>, method?: string) => Promise<Exchange>;
};
type Over = {
  readonly upstream?: Record<string, unknown>;
  readonly options?: WorldOptions;
  readonly actions?: unknown;
};

async function against(url: string, over: Over = {}): Promise<Hostile> {
  const resource = {
    id: 'model:m',
    actions: over.actions ?? { invoke: [{ methods: ['GET', 'POST', 'HEAD'], paths: ['/*'] }] },
    upstream: { kind: 'http', url, privateNetwork: true, secret: { from: 'env:S' }, ...over.upstream },
  };
  const world = await openGatewayWorld({ resources: [resource], secrets: { 'env:S': SECRET }, ...over.options });
  opened.push(world);
  const { token } = await world.grant({ actions: ['invoke'] });
  const call = (path = '/v1', headers: Record<string, string> = {}, method = 'GET') =>
    exchange({ port: world.port, path: `/gateway/model/m${path}`, token, headers, method });
  return { ...world, call };
}

async function http(listener: RequestListener): Promise<string> {
  const server = await serveHttp(listener);
  opened.push(server);
  return server.url;
}

async function bytes(answer: Parameters<typeof serveBytes>[0]): Promise<string> {
  const server = await serveBytes(answer);
  opened.push(server);
  return server.url;
}

const code = (answer: Exchange): string => (JSON.parse(answer.text) as { code: string }).code;

describe('hostile-upstream-and-action-map', () => {
  describe('what a hostile upstream answers', () => {
    it.each([301, 302, 303, 307, 308, 300])('never follows nor shows a redirect (%d)', async (status) => {
      const paths: string[] = [];
      const url = await http((request, response) => {
        paths.push(String(request.url));
        response
          .writeHead(status, { location: 'http://169.254.169.254/latest', refresh: '0;url=/x', link: '</x>' })
          .end(SECRET);
      });
      const answer = await (await against(url)).call();
      expect(answer.status).toBe(502);
      expect(code(answer)).toBe('upstream_redirect');
      expect(answer.headers.location).toBeUndefined();
      expect(paths).toEqual(['/v1']);
    });

    it('passes no cookie, no credential challenge, no script-enabling and no forwarding header', async () => {
      const url = await http((_request, response) => {
        response.writeHead(200, {
          'set-cookie': ['a=b', 'c=d'],
          'www-authenticate': 'Basic',
          'proxy-authenticate': 'Basic',
          'access-control-allow-origin': '*',
          'content-security-policy': "default-src 'unsafe-inline'",
          'cache-control': 'public, max-age=99999',
          'x-accel-redirect': '/secret',
          'service-worker-allowed': '/',
          'clear-site-data': '*',
          'alt-svc': 'h3=":443"',
          server: 'internal/1.2.3',
          'x-custom': 'passes',
          connection: 'x-nominated',
          'x-nominated': 'hop by hop',
          'content-type': 'text/html',
          etag: '"1"',
        });
        response.end('<script>1</script>');
      });
      const named = [
        'x-custom',
        'x-nominated',
        'set-cookie',
        'Access-Control-Allow-Origin',
        'content-security-policy',
        'Proxy-Authenticate',
      ];
      const { headers } = await (await against(url, { upstream: { responseHeaders: named } })).call();
      const own = {
        'cache-control': 'no-store',
        'content-security-policy': 'sandbox',
        'x-content-type-options': 'nosniff',
      };
      expect(headers).toMatchObject({ ...own, 'x-custom': 'passes', etag: '"1"', 'content-type': 'text/html' });
      const expected = [
        'cache-control',
        'connection',
        'content-security-policy',
        'content-type',
        'date',
        'etag',
        'referrer-policy',
        'transfer-encoding',
        'x-content-type-options',
        'x-custom',
      ];
      expect(Object.keys(headers).sort()).toEqual(expected);
    });

    it('drops a header that shows the secret, and cuts a body before it does, also across chunks', async () => {
      const url = await http((request, response) => {
        response.writeHead(200, {
          'x-echo': `got ${String(request.headers.authorization)}`,
          'content-type': 'text/plain',
        });
        if (request.url === '/header') return void response.end('fine');
        response.write(`echo: ${SECRET.slice(0, 9)}`);
        setTimeout(() => response.end(`${SECRET.slice(9)} and more`), 30);
      });
      const { call, ledger } = await against(url, { upstream: { responseHeaders: ['x-echo'] } });
      const header = await call('/header');
      expect(header).toMatchObject({ status: 200, text: 'fine' });
      expect(header.headers['x-echo']).toBeUndefined();
      const body = await call('/body');
      expect(body.complete).toBe(false);
      expect(body.text).not.toContain(SECRET.slice(0, 9));
      await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
      expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('secret_in_answer');
      expect(JSON.stringify(await ledger.events())).not.toContain(SECRET);
    });

    it('passes text that only begins like the secret', async () => {
      const url = await http((_request, response) => {
        response.write('a sk-upstream-');
        setTimeout(() => response.end('other sk-'), 20);
      });
      expect((await (await against(url)).call()).text).toBe('a sk-upstream-other sk-');
    });

    it('keeps the refusal of its own secret to itself', async () => {
      const url = await http((_request, response) =>
        response.writeHead(401, { 'www-authenticate': 'Basic' }).end(`bad key ${SECRET}`),
      );
      const answer = await (await against(url)).call();
      expect(answer).toMatchObject({ status: 502 });
      expect(code(answer)).toBe('upstream_unauthorised');
      expect(answer.text).not.toContain(SECRET);
    });

    it.each([
      ['too many headers', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\nbody`],
      ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n'],
      ['a header with a NUL', 'HTTP/1.1 200 OK\r\ncontent-type: a\0b\r\ncontent-length: 0\r\n\r\n'],
      ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
      ['length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['folded headers', 'HTTP/1.1 200 OK\r\netag: a\r\n b\r\ncontent-length: 0\r\n\r\n'],
      ['nothing', ''],
    ])('answers a plain 502 to %s', async (_what, said) => {
      const url = await bytes((socket) => socket.end(said, 'latin1'));
      const answer = await (await against(url)).call();
      expect(answer.status).toBe(502);
      expect(answer.text).toBe(
        JSON.stringify({
          type: 'urn:daypass:problem:upstream_failed',
          title: 'The upstream failed',
          status: 502,
          code: 'upstream_failed',
        }),
      );
    });

    it.each([
      ['chunk garbage', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n'],
      ['an early end of its length', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello'],
      ['an early end of its chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    ])('never passes off half an answer as a whole one: %s', async (_what, said) => {
      const url = await bytes((socket) => socket.end(said, 'latin1'));
      const { call, ledger } = await against(url);
      const answer = await call();
      expect(answer.status === 502 || !answer.complete).toBe(true);
      await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
      expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toMatch(/^upstream_(?:lost|failed)$/);
    });

    it('injects no header by what the upstream says, and ignores a second answer on the same connection', async () => {
      const url = await bytes((socket) =>
        socket.end(
          'HTTP/1.1 200 OK\r\netag: "a"\rset-cookie: x=y\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
          'latin1',
        ),
      );
      const answer = await (await against(url)).call();
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(answer.text).not.toContain('evil');
    });

    it('gives up on an upstream that drips its headers, and on one that falls silent inside its body', async () => {
      const limits = { upstreamHeadersMs: 300, upstreamIdleMs: 300 };
      const dripping = await bytes((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('a: b\r\n'), 50);
        socket.on('close', () => clearInterval(timer));
      });
      const slow = await (await against(dripping, { options: { limits } })).call();
      expect(slow.status).toBe(504);
      expect(code(slow)).toBe('upstream_timeout');
      const silent = await http((_request, response) => void response.writeHead(200).write('x'));
      const cut = await (await against(silent, { options: { limits } })).call();
      expect(cut).toMatchObject({ status: 200, text: 'x', complete: false });
    });

    it('says nothing of an upstream that is not there', async () => {
      const url = await http(() => undefined);
      await opened.pop()?.close();
      const answer = await (await against(url)).call();
      expect(answer.status).toBe(502);
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1/);
    });

    it('calls no upstream when its secret cannot be read or is no header value', async () => {
      let called = 0;
      const url = await http((_request, response) => {
        called += 1;
        response.end();
      });
      const { call, secrets, ledger } = await against(url);
      secrets.delete('env:S');
      expect((await call()).status).toBe(502);
      secrets.set('env:S', 'a\r\nx-evil: 1');
      const answer = await call();
      expect(answer.status).toBe(502);
      expect(answer.text).not.toContain('evil');
      expect(called).toBe(0);
      await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 2);
      expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('secret_unavailable');
    });
  });

  describe('where an upstream may lie', () => {
    it.each([
      ...[
        '169.254.169.254',
        '0.0.0.0',
        '224.0.0.1',
        '255.255.255.255',
        '240.0.0.1',
        '::',
        'fe80::1',
        'ff02::1',
        '100.100.100.200',
      ],
      ...[
        '168.63.129.16',
        'fd00:ec2::254',
        '::ffff:169.254.169.254',
        '64:ff9b::a9fe:a9fe',
        '2002:7f00:1::',
        '2001:0:1::',
        'fec0::1',
        'nonsense',
        '',
      ],
    ])('refuses %s whatever the catalog says', (address) => {
      expect(judgeAddress(address)).toBe('refused');
    });

    it.each([
      '127.0.0.1',
      '::1',
      '10.1.2.3',
      '192.168.0.1',
      '172.16.0.1',
      'fd12::1',
      '100.64.0.1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '64:ff9b::7f00:1',
      '::127.0.0.1',
    ])('calls %s private', (address) => expect(judgeAddress(address)).toBe('private'));

    it.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('calls %s public', (address) =>
      expect(judgeAddress(address)).toBe('public'),
    );

    it.each([
      'http://127.0.0.1:PORT',
      'http://localhost:PORT',
      'http://127.1:PORT',
      'http://0x7f000001:PORT',
      'http://2130706433:PORT',
      'http://[::ffff:127.0.0.1]:PORT',
    ])('does not reach loopback by %s unless the catalog says so', async (pattern) => {
      let called = 0;
      const url = await http((_request, response) => {
        called += 1;
        response.end();
      });
      const target = pattern.replace('PORT', new URL(url).port);
      const { call, ledger } = await against(target, { upstream: { privateNetwork: false } });
      expect((await call()).status).toBe(502);
      expect(called).toBe(0);
      await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
      expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('upstream_address_refused');
    });

    it.each(['http://169.254.169.254/', 'http://[fe80::1]/', 'http://0.0.0.0:1/', 'http://[::]:1/'])(
      'never reaches %s',
      async (url) => {
        const { call, ledger } = await against(url);
        expect((await call()).status).toBe(502);
        await eventually(async () => (await ledger.eventsOf('use.interrupted')).length === 1);
        expect((await ledger.eventsOf('use.interrupted'))[0]?.data.code).toBe('upstream_address_refused');
      },
    );

    it('connects only to the addresses that it judged, however the name changes its answer', async () => {
      let called = 0;
      const url = await http((_request, response) => {
        called += 1;
        response.setHeader('connection', 'close').end('ok');
      });
      const answers: LookupAddress[][] = [
        [{ address: '127.0.0.1', family: 4 }],
        [{ address: '169.254.169.254', family: 4 }],
        [
          { address: '127.0.0.1', family: 4 },
          { address: '169.254.169.254', family: 4 },
        ],
        [],
        [{ address: '127.0.0.1', family: 4 }],
      ];
      let asked = 0;
      const resolveHost = async () => answers[asked++] ?? [];
      const { call } = await against(`http://rebinding.test:${new URL(url).port}`, { options: { resolveHost } });
      const statuses: number[] = [];
      for (let round = 0; round < 5; round += 1) statuses.push((await call()).status);
      expect(statuses).toEqual([200, 502, 502, 502, 200]);
      expect(asked).toBe(5);
      expect(called).toBe(2);
    });
  });

  describe('what a hostile caller sends', () => {
    it('overrides neither method, host, path nor the secret by headers', async () => {
      let seen: Record<string, unknown> = {};
      const url = await http((request, response) => {
        seen = { ...request.headers, method: request.method, path: request.url };
        response.end();
      });
      const evil = {
        'x-http-method-override': 'DELETE',
        'x-http-method': 'DELETE',
        'x-method-override': 'DELETE',
        'x-original-url': '/admin',
        'x-rewrite-url': '/admin',
        'x-forwarded-host': 'evil',
        'x-forwarded-for': '127.0.0.1',
        forwarded: 'for=127.0.0.1',
        via: '1.1 evil',
        cookie: 'admin=1',
        'x-api-key': 'caller',
        'proxy-connection': 'x',
        te: 'trailers',
        'x-wanted': 'passes',
      };
      const requestHeaders = Object.keys(evil);
      const upstream = { secret: { header: 'X-Api-Key', prefix: '', from: 'env:S' }, requestHeaders };
      expect((await (await against(url, { upstream })).call('/v1', evil)).status).toBe(200);
      expect(seen).toEqual({
        'accept-encoding': 'identity',
        connection: 'keep-alive',
        host: new URL(url).host,
        method: 'GET',
        path: '/v1',
        'x-api-key': SECRET,
        'x-wanted': 'passes',
      });
    });

    it('gets no other action by the way it writes the path', () => {
      const resource = entry({
        id: 'model:m',
        actions: {
          read: [{ methods: ['GET'], paths: ['/public/:name', '/items/*'] }],
          admin: [{ methods: ['GET', 'DELETE'], paths: ['/admin/*'] }],
        },
      });
      const permitted = (target: string, method = 'GET'): readonly string[] | string => {
        const parsed = parseRequestTarget(`/gateway/model/m${target}`, 8192);
        return parsed.ok ? permittingActions(resource, ['read'], method, parsed.value.path) : parsed.error;
      };
      expect(permitted('/public/a')).toEqual(['read']);
      expect(permitted('/%70ublic/a?x=/admin/y')).toEqual(['read']);
      expect(permitted('/items/a/b/c')).toEqual(['read']);
      for (const path of [
        '/admin/x',
        '/%61dmin/x',
        '/ADMIN/x',
        '/Public/a',
        '/public/a/b',
        '/public/',
        '/public',
        '/',
        '',
        '/publicx/a',
        '/public./a',
        '/public%20/a',
        '/x/public/a',
      ]) {
        expect(permitted(path), path).toEqual([]);
      }
      for (const path of [
        '/items/../admin/x',
        '/items/%2e%2e/admin/x',
        '/items/.%2E/admin/x',
        '/items/..;/admin/x',
        '/items/..;a=b/admin',
        '/items/%2e%2e%3b/admin',
        '/items/..%2fadmin',
        '/items/..%5cadmin',
        '/items/%252e%252e/admin',
        '/items//admin',
        '//admin/x',
        '/items/\\..\\admin',
        '/items/a%00',
        '/items/a%0d%0ab',
        '/items/\u00e9',
        '/items/a b',
      ]) {
        expect(permitted(path), path).toBe('invalid_request');
      }
      expect(permitted('/public/a', 'DELETE')).toEqual([]);
      expect(permitted('/public/a', 'HEAD')).toEqual([]);
      expect(permitted('/public/a', 'get')).toEqual([]);
    });

    it.each([
      '?_method=DELETE',
      '?a=1&_METHOD=delete',
      '?%5Fmethod=DELETE',
      '?_method',
      '?X-HTTP-Method-Override=PUT',
      '?access_token=x',
      '?a=%zz',
      '?a#b',
      '?a\\b',
    ])('refuses the query %s', (query) =>
      expect(parseRequestTarget(`/gateway/model/m/v1${query}`, 8192)).toEqual({ ok: false, error: 'invalid_request' }),
    );

    it('sends the upstream exactly the path that was judged', async () => {
      const seen: string[] = [];
      const url = await http((request, response) => {
        seen.push(String(request.url));
        response.end();
      });
      const { call } = await against(`${url}/base/`);
      for (const path of [
        '',
        '/',
        '/a%2Db%7e/%c3%a9',
        '/a:b@c;d=e',
        '/a%3ab%3B',
        '/?',
        '/x?q=%2F..%2F&r=//',
        '/trailing/',
      ])
        await call(path);
      expect(seen).toEqual([
        '/base/',
        '/base/',
        '/base/a-b~/%C3%A9',
        '/base/a:b@c;d=e',
        '/base/a%3Ab%3B',
        '/base/?',
        '/base/x?q=%2F..%2F&r=//',
        '/base/trailing/',
      ]);
    });

    it('smuggles no second request past the first', async () => {
      const seen: string[] = [];
      const url = await http((request, response) => {
        seen.push(`${request.method} ${request.url}`);
        request.resume().on('end', () => response.end());
      });
      const { port, grant } = await against(url, { actions: { invoke: [{ methods: ['POST'], paths: ['/v1'] }] } });
      const { token } = await grant({ actions: ['invoke'] });
      const head = `POST /gateway/model/m/v1 HTTP/1.1\r\nHost: localhost:${port}\r\nAuthorization: Bearer ${token}\r\n`;
      const hidden = 'GET /admin HTTP/1.1\r\nHost: x\r\n\r\n';
      await rawExchange(port, `${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`, 300);
      await rawExchange(port, `${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`, 300);
      await rawExchange(port, `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`, 300);
      await rawExchange(port, `${head}Content-Length: 0\r\nContent-Length: 40\r\n\r\n${hidden}`, 300);
      await rawExchange(port, `${head}Content-Length: 0\r\n\r\n${hidden}`, 300);
      await rawExchange(
        port,
        `${head}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\nContent-Length: 0\r\n\r\n`,
        300,
      );
      expect(seen.every((line) => line === 'POST /v1')).toBe(true);
    });

    it.each(['OPTIONS', 'TRACE', 'PROPFIND', 'LOCK'])('knows no method %s', async (method) => {
      const url = await http((_request, response) => response.end());
      expect((await (await against(url)).call('/v1', {}, method)).status).toBe(405);
    });

    it('refuses a GET with a body, an over-long target and an over-long header', async () => {
      const url = await http((_request, response) => response.end());
      const { call, port, grant } = await against(url);
      const { token } = await grant({ actions: ['invoke'] });
      const withBody = await exchange({
        port,
        path: '/gateway/model/m/v1',
        token,
        headers: { 'content-length': 1 },
        body: 'x',
      });
      expect(withBody.status).toBe(400);
      expect((await call(`/${'a'.repeat(9000)}`)).status).toBe(414);
      expect((await call('/v1', { 'x-long': 'a'.repeat(17_000) })).status).toBe(431);
    });
  });
});
