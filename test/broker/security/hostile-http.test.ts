// Bytes that no well-behaved client sends, to a team's broker on a real socket: whatever a proxy before it would read in
// them, the broker answers once, closes, and carries nothing out that stood behind. Each comes with a good token.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hold, PENGUINS } from '#test/support/access-steps.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { rawConnection, rawExchange } from '../listen/raw.ts';

const OWN = new URL(BASE_URL).host;
let world: HttpWorld;
let host: string;
let token: string;
beforeAll(async () => {
  world = await openHttpWorld();
  await world.as('ana');
  host = `Host: 127.0.0.1:${world.wire.port}\r\n`;
  token = `Authorization: Bearer ${await world.tokenFor('ana')}\r\n`;
});
afterAll(async () => {
  await world.close();
});

let calledBefore = 0;
beforeEach(() => {
  calledBefore = world.wire.seen.length;
});
const reached = (): readonly string[] => world.wire.seen.slice(calledBefore);
const statusesIn = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const last = 'Connection: close\r\n';
const smuggled = (): string => `GET /v1/smuggled HTTP/1.1\r\n${host}${token}\r\n`;
/** Sends the bytes and waits until the broker has closed. */
const statusesOf = async (bytes: string): Promise<readonly number[]> =>
  statusesIn(await rawExchange(world.wire.port, bytes));

/** A call that changes something, with these headers over its own and this after them. */
const post = (headers: string, rest: string, version = '1.1'): string =>
  `POST /v1/requests HTTP/${version}\r\n${host}${token}Content-Type: application/json\r\n${headers}\r\n\r\n${rest}`;

describe('a body that two readers would end in two places', () => {
  const framings: readonly (readonly [string, string, string])[] = [
    ['a length, then chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['chunks, then a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked', '0\r\n\r\n'],
    ['a vertical tab before the coding', 'Transfer-Encoding:\u000bchunked', '0\r\n\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
    ['a coding that is none', 'Transfer-Encoding: identity\r\nContent-Length: 0', ''],
    ['chunks that are not last', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['another coding before chunks', 'Transfer-Encoding: gzip, chunked', '0\r\n\r\n'],
    ['two codings on two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', '0\r\n\r\n'],
    ['a folded line', 'X-A: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 0', ''],
    ['a length with a sign', 'Content-Length: +5', 'hello'],
    ['a negative length', 'Content-Length: -1', ''],
    ['a length in base 16', 'Content-Length: 0x5', 'hello'],
    ['a list of lengths', 'Content-Length: 5, 5', 'hello'],
    ['two words for a length', 'Content-Length: 5 5', 'hello'],
    ['no word for a length', 'Content-Length: ', ''],
    ['a length beyond all numbers', 'Content-Length: 99999999999999999999', 'hello'],
    ['a negative chunk', 'Transfer-Encoding: chunked', '-1\r\n\r\n'],
    ['a chunk beyond all numbers', 'Transfer-Encoding: chunked', 'fffffffffffffffff\r\n\r\n'],
    ['chunks that end with bare line feeds', 'Transfer-Encoding: chunked', '0\n\n'],
  ];
  it.each(framings)('%s: is refused, and what stands behind it is no call', async (_name, headers, body) => {
    expect(await statusesOf(post(headers, `${body}${smuggled()}`))).toEqual([400]);
    expect(reached().filter((call) => call !== 'POST /v1/requests')).toEqual([]);
  });

  it('chunks in HTTP/1.0 are refused before anything is read', async () => {
    expect(await statusesOf(post('Transfer-Encoding: chunked', `0\r\n\r\n${smuggled()}`, '1.0'))).toEqual([400]);
    expect(reached()).toEqual([]);
  });

  it('a chunk’s own words without end are cut off', async () => {
    const words = `0;${'x'.repeat(40_000)}\r\n\r\n`;
    expect(await statusesOf(post('Transfer-Encoding: chunked', `${words}${smuggled()}`))).toEqual([413]);
  });

  it.each(['OPTIONS', 'DELETE', 'PUT'])('one of %s that nobody reads is not the next call', async (method) => {
    const inside = smuggled();
    const bytes = `${method} /v1/me HTTP/1.1\r\n${host}${token}${last}Content-Length: ${inside.length}\r\n\r\n${inside}`;
    expect(await statusesOf(bytes)).toEqual([405]);
    expect(reached()).toEqual([`${method} /v1/me`]);
  });

  it('that is refused unread, for its caller or its size, ends the connection', async () => {
    const inside = smuggled();
    const length = `Content-Type: application/json\r\nContent-Length: ${inside.length + 1}\r\n`;
    expect(await statusesOf(`POST /v1/requests HTTP/1.1\r\n${host}${length}\r\n${inside}`)).toEqual([401]);
    expect(await statusesOf(post('Content-Length: 9999999', inside))).toEqual([400]);
    expect(reached()).toEqual(['POST /v1/requests', 'POST /v1/requests']);
  });

  it('brings no header behind its end', async () => {
    const bytes = `POST /v1/requests HTTP/1.1\r\n${host}${last}Transfer-Encoding: chunked\r\n\r\n0\r\n${token}\r\n`;
    expect(await statusesOf(bytes)).toEqual([401]);
  });
});

describe('headers that two readers would read in two ways', () => {
  const odd: readonly (readonly [string, () => string, number])[] = [
    ['lines that end with a bare line feed', () => `GET /v1/me HTTP/1.1\n${host.trim()}\n${token.trim()}\n\n`, 400],
    ['one line that does', () => `GET /v1/me HTTP/1.1\r\n${host.trim()}\n${token}${last}\r\n`, 400],
    ['a bare carriage return', () => `GET /v1/me HTTP/1.1\r\n${host}X-A: a\rX-B: b\r\n${token}${last}\r\n`, 400],
    ['a zero byte', () => `GET /v1/me HTTP/1.1\r\n${host}X-A: a\0b\r\n${token}${last}\r\n`, 400],
    ['a space in a name', () => `GET /v1/me HTTP/1.1\r\n${host}Autho rization: x\r\n${token}${last}\r\n`, 400],
    ['a space before the first one', () => `GET /v1/me HTTP/1.1\r\n ${host}${token}${last}\r\n`, 400],
    ['a space in the target', () => `GET /v1/me /v1/x HTTP/1.1\r\n${host}${token}${last}\r\n`, 400],
    ['too many', () => `GET /v1/me HTTP/1.1\r\n${host}${'a:\r\n'.repeat(8000)}${token}${last}\r\n`, 431],
    ['a target without end', () => `GET /v1/me?${'x'.repeat(20_000)} HTTP/1.1\r\n${host}${token}${last}\r\n`, 431],
    ['another version', () => `GET /v1/me HTTP/1.2\r\n${host}${token}${last}\r\n`, 400],
    ['HTTP/2 by its first words', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['no version', () => 'GET /v1/me\r\n\r\n', 421],
    ['an unknown expectation', () => `GET /v1/me HTTP/1.1\r\n${host}${token}${last}Expect: more\r\n\r\n`, 417],
    ['an absolute URL', () => `GET http://evil.example/v1/me HTTP/1.1\r\n${host}${token}${last}\r\n`, 400],
    ['an absolute URL of our own', () => `GET http://${OWN}/v1/me HTTP/1.1\r\n${host}${token}${last}\r\n`, 400],
    ['an asterisk', () => `OPTIONS * HTTP/1.1\r\n${host}${token}${last}\r\n`, 400],
    ['TRACE', () => `TRACE /v1/me HTTP/1.1\r\n${host}${token}${last}\r\n`, 405],
    ['an unknown method', () => `TRACK /v1/me HTTP/1.1\r\n${host}${token}${last}\r\n`, 400],
  ];
  it.each(odd)('%s: is no call', async (_name, bytes, status) => {
    const answer = await rawExchange(world.wire.port, bytes());
    expect(statusesIn(answer)).toEqual([status]);
    // Nothing that was sent comes back: neither the token nor a line of the request.
    expect(answer).not.toMatch(/eyJ|\/v1\/|HTTP\/1\.[02]/);
    expect(reached()).toEqual([]);
  });

  it('a tunnel to elsewhere is not opened', async () => {
    expect(await rawExchange(world.wire.port, `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${host}${token}\r\n`)).toBe('');
    expect(reached()).toEqual([]);
  });

  it('no other protocol is switched to', async () => {
    const upgrade = 'Connection: close, Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    for (const protocol of ['h2c', 'websocket']) {
      const bytes = `GET /v1/me HTTP/1.1\r\n${host}${token}${upgrade}Upgrade: ${protocol}\r\n\r\n`;
      expect(await statusesOf(bytes), protocol).toEqual([200]);
    }
  });
});

describe('calls one behind the other', () => {
  it('have each their own caller', async () => {
    const bytes = `GET /v1/me HTTP/1.1\r\n${host}${token}\r\nGET /v1/me HTTP/1.1\r\n${host}${last}\r\n`;
    expect(await statusesOf(bytes)).toEqual([200, 401]);
  });

  it('are answered in their order, each before the next is begun', async () => {
    const paths = ['/v1/me', '/healthz', '/v1/catalog', '/v1/none', '/v1/grants'];
    const calls = paths.map((path) => `GET ${path} HTTP/1.1\r\n${host}${token}\r\n`).join('');
    expect(await statusesOf(`${calls}GET /healthz HTTP/1.1\r\n${host}${last}\r\n`)).toEqual([
      200, 200, 200, 404, 200, 200,
    ]);
    expect(reached()).toEqual([...paths, '/healthz'].map((path) => `GET ${path}`));
  });

  it('end with the first that is no call: what stands behind it is not carried out', async () => {
    const next = `GET /v1/me HTTP/1.1\r\n${host}${token}\r\n`;
    for (const first of [
      `GET http://evil.example/ HTTP/1.1\r\n${host}\r\n`,
      `GET /healthz HTTP/1.1\r\n${host}${host}\r\n`,
      `GET /v1/catalog HTTP/1.1\r\nHost: evil.example\r\n\r\n`,
      `GET /healthz HTTP/1.1\r\n${host}${last}\r\n`,
      `GET /healthz HTTP/1.0\r\n${host}\r\n`,
      'NO CALL\r\n\r\n',
    ])
      expect(await statusesOf(`${first}${next.repeat(3)}`), first).toHaveLength(1);
    expect(reached()).not.toContain('GET /v1/me');
  });

  it('at the gateway, too: nothing is used behind an answer that was the last', async () => {
    const { credential } = await hold(world, 'ana', PENGUINS);
    const { port } = new URL(world.broker().gatewayUrl);
    const use = `GET /gateway/dataset/penguins/penguins.csv HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${credential.secret}\r\n`;
    const closing = `GET /gateway/dataset/none/x HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
    expect(statusesIn(await rawExchange(Number(port), `${closing}${`${use}\r\n`.repeat(3)}`))).toHaveLength(1);
    const uses = world.store().read.selectFrom('ledger_records').select('kind').where('kind', '=', 'use.started');
    await world.broker().ledger.settled();
    expect(await uses.execute()).toEqual([]);
    expect(statusesIn(await rawExchange(Number(port), `${use}${last}\r\n`))).toEqual([200]);
    await world.broker().ledger.settled();
    expect(await uses.execute()).toHaveLength(1);
  });
});

describe('a body', () => {
  it('without end is read no further than the limit', async () => {
    const ana = await rawConnection(world.wire.port);
    const proof = await world.proofFor('ana', { method: 'POST', path: '/v1/requests' });
    ana.send(post(`DPoP: ${proof}\r\nTransfer-Encoding: chunked`, ''));
    const endless = setInterval(() => ana.send(`4000\r\n${' '.repeat(0x4000)}\r\n`), 1);
    await ana.closed;
    clearInterval(endless);
    expect(statusesIn(ana.received())).toEqual([413]);
  });

  it('that breaks off does nothing, and harms nobody', async () => {
    const broken = await rawConnection(world.wire.port);
    const proof = await world.proofFor('ana', { method: 'POST', path: '/v1/requests' });
    broken.send(post(`DPoP: ${proof}\r\nContent-Length: 500`, '{"resource":'));
    await expect.poll(() => reached().length).toBe(1);
    broken.socket.destroy();
    await broken.closed;
    expect((await world.call(new Request('http://x.internal/v1/me'), 'ana')).status).toBe(200);
    const { requests } = (await (
      await world.call(new Request('http://x.internal/v1/requests?state=pending'), 'ana')
    ).json()) as {
      readonly requests: readonly unknown[];
    };
    expect(requests).toEqual([]);
    expect(world.troubles).toEqual([]);
  });
});
