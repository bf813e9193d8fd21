// A device's proof over HTTP is for one method at one public URL, for this caller's token if it names one, and for one
// call; whatever Host, address or spelling the call came by.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceKey } from '#shared/device/device-proof.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { exchange } from '#test/support/http-exchange.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';

const PATH = '/v1/devices';
const HOST = new URL(BASE_URL).host;
let world: HttpWorld;
let key: DeviceKey;
let token: string;
beforeAll(async () => {
  world = await openHttpWorld();
  key = await world.deviceKey('ana');
  token = await world.tokenFor('ana');
});
afterAll(async () => {
  await world.close();
});

async function proof(claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const iat = Math.floor(world.clock.now() / 1000);
  const said = { jti: randomUUID(), htm: 'POST', htu: `${BASE_URL}${PATH}`, iat, ...claims };
  const { kty = '', crv = '', x = '' } = key.publicJwk;
  return await new SignJWT(said)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk: { kty, crv, x } })
    .sign(key.privateKey);
}

type Sent = { readonly by?: string; readonly path?: string; readonly host?: string };
async function enrol(
  dpop: string | readonly string[],
  { by = token, path = PATH, host = HOST }: Sent = {},
): Promise<number> {
  const headers = { host, dpop: dpop as string }; // A list is a header that is said as often.
  return (await exchange({ port: world.wire.port, path, method: 'POST', token: by, headers })).status;
}

describe('the URL of a proof', () => {
  const url = `${BASE_URL}${PATH}`;
  it.each([
    url,
    url.replace('http', 'HTTP').replace('broker', 'BROKER'),
    url.replace(HOST, `${HOST}:80`),
    `${url}?any=query#and-fragment`,
    url.replace('devices', '%64evices'),
    url.replace('/v1/', '/v1/none/../'),
  ])('%s names this call', async (htu) => {
    expect(await enrol(await proof({ htu }))).toBe(201);
  });

  const others: readonly string[] = [
    ...[
      `${url}/`,
      `${url}//`,
      `${url};x`,
      `${url}%2f`,
      `${url}%00`,
      url.replace('/v1', '//v1'),
      url.replace('/v1', '/V1'),
    ],
    ...[
      url.replace('http:', 'https:'),
      url.replace('http:', 'ftp:'),
      url.replace('http://', '//'),
      PATH,
      '',
      'devices',
    ],
    ...[`:81`, `:443`, '.', '.evil.example', '@evil.example', ':80@evil.example'].map((more) =>
      url.replace(HOST, `${HOST}${more}`),
    ),
    ...['evil.example', `ana@${HOST}`, `ana:x@${HOST}`, `x.${HOST}`, '127.0.0.1'].map((host) =>
      url.replace(HOST, host),
    ),
    ...[url.replace('broker', 'br\u043eker'), `${BASE_URL}/v1/requests`, BASE_URL],
  ];
  it.each(others)('%j names another', async (htu) => {
    expect(await enrol(await proof({ htu }))).toBe(401);
  });

  it('is the public one, whatever address and Host the call came by', async () => {
    const own = `127.0.0.1:${world.wire.port}`;
    expect(await enrol(await proof(), { host: own })).toBe(201);
    expect(await enrol(await proof({ htu: `http://${own}${PATH}` }), { host: own })).toBe(401);
    expect(await enrol(await proof(), { path: `${PATH}?more=1` })).toBe(201);
  });
});

describe('a proof', () => {
  it.each(['post', 'GET', 'PUT', '', 'POST '])('for the method %j is for another call', async (htm) => {
    expect(await enrol(await proof({ htm }))).toBe(401);
  });

  it('that names a token goes with that token alone', async () => {
    const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
    expect(await enrol(await proof({ ath: hashOf(token) }))).toBe(201);
    const others = ['', 'x', hashOf(''), hashOf(`${token} `), hashOf(await world.tokenFor('max')), token.slice(-43)];
    for (const ath of others) expect(await enrol(await proof({ ath })), ath.slice(0, 10)).toBe(401);
    expect(await enrol(await proof({ ath: hashOf(token) }), { by: await world.tokenFor('max') })).toBe(401);
  });

  it('passes once, also when it comes many times at once and with other people’s tokens', async () => {
    const once = await proof();
    const tokens = [token, token, await world.tokenFor('max'), await world.tokenFor('kim'), token];
    const statuses = await Promise.all(tokens.map(async (by) => await enrol(once, { by })));
    expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 401, 401, 401, 401]);
    expect(await enrol(once, { host: `127.0.0.1:${world.wire.port}` })).toBe(401);
  });

  it('does not come twice in one call', async () => {
    expect(await enrol([await proof(), await proof()])).toBe(400);
    expect(await enrol(`${await proof()}, ${await proof()}`)).toBe(401);
  });

  it('is signed by a key of its own, never by none and never by a secret that it tells', async () => {
    const [, payload = ''] = (await proof()).split('.');
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const secret = { kty: 'oct', k: Buffer.from('known to all').toString('base64url') };
    for (const [header, sign] of [
      [{ alg: 'none', typ: 'dpop+jwt', jwk: key.publicJwk }, () => ''],
      [
        { alg: 'HS256', typ: 'dpop+jwt', jwk: secret },
        (text: string) => createHmac('sha256', 'known to all').update(text).digest('base64url'),
      ],
      [
        { alg: 'HS256', typ: 'dpop+jwt', jwk: key.publicJwk },
        (text: string) =>
          createHmac('sha256', Buffer.from(String(key.publicJwk.x), 'base64url'))
            .update(text)
            .digest('base64url'),
      ],
    ] as const) {
      const input = `${encode(header)}.${payload}`;
      expect(await enrol(`${input}.${sign(input)}`), header.alg).toBe(401);
    }
    expect(await enrol(await proof())).toBe(201);
  });
});
