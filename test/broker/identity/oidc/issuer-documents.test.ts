// The issuer's documents, as an attacker on the way or at another address would have them: its keys come from where its
// own metadata says, over TLS, by no redirect, and in bounded size.
import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchIssuerKeys } from '#broker/identity/oidc/discover.ts';
import { fetchIssuerJson, type FetchJson } from '#broker/identity/oidc/issuer-fetch.ts';
import { serveHttp, type TestServer } from '#test/support/http-exchange.ts';
import { makeSigningKey, publicPart } from '#test/support/oidc/signing-keys.ts';

const ISSUER = 'https://id.example/realm';
const METADATA = `${ISSUER}/.well-known/openid-configuration`;
const JWKS = { keys: [publicPart(await makeSigningKey())] };

const documents =
  (served: Readonly<Record<string, unknown>>): FetchJson =>
  async (url) =>
    await Promise.resolve(served[url] ?? null);
const keysOf = async (metadata: object, issuer = ISSUER): Promise<unknown> => {
  const all = { issuer, jwks_uri: `${issuer}/jwks`, ...metadata };
  const address = `${issuer}/.well-known/openid-configuration`;
  return await fetchIssuerKeys(documents({ [address]: all, [all.jwks_uri]: JWKS }), issuer);
};

describe('the metadata', () => {
  it('leads to the keys', async () => {
    expect(await keysOf({})).toEqual(JWKS);
    expect(await keysOf({ jwks_uri: 'https://keys.example/jwks' })).toEqual(JWKS);
    expect(await keysOf({}, 'http://127.0.0.1:8080')).toEqual(JWKS);
  });

  it.each([`${ISSUER}/`, 'https://id.example', 'https://ID.example/realm', 'https://evil.example'])(
    'of an issuer that calls itself %s is of another one',
    async (issuer) => {
      const served = documents({ [METADATA]: { issuer, jwks_uri: `${ISSUER}/jwks` }, [`${ISSUER}/jwks`]: JWKS });
      await expect(fetchIssuerKeys(served, ISSUER)).rejects.toThrow('another issuer');
    },
  );

  it.each([
    ['http://id.example/jwks', ISSUER],
    ['http://127.0.0.1/jwks', ISSUER],
    ['http://id.example/jwks', 'http://127.0.0.1:8080'],
    ['http://127.0.0.1.evil.example/jwks', 'http://127.0.0.1:8080'],
    ['https://ana:secret@id.example/jwks', ISSUER],
    ['https://ana@id.example/jwks', ISSUER],
    ['file:///etc/jwks', ISSUER],
    ['data:application/json,{}', ISSUER],
  ])('that says the keys are at %s gives none, at %s', async (jwks_uri, issuer) => {
    await expect(keysOf({ jwks_uri }, issuer)).rejects.toThrow('not on https');
  });

  it.each([{ keys: [] }, { keys: {} }, {}, [], 'keys', { keys: Array.from({ length: 101 }, () => JWKS.keys[0]) }])(
    'whose keys are no keys gives none',
    async (jwks) => {
      const served = { [METADATA]: { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }, [`${ISSUER}/jwks`]: jwks };
      await expect(fetchIssuerKeys(documents(served), ISSUER)).rejects.toThrow();
    },
  );
});

describe('a document', () => {
  const servers: TestServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  const serve = async (listener: RequestListener): Promise<string> => {
    const server = await serveHttp(listener);
    servers.push(server);
    return server.url;
  };

  it('is read, and one that is not there is none', async () => {
    const url = await serve((request, response) =>
      request.url === '/jwks' ? response.end(JSON.stringify(JWKS)) : response.writeHead(404).end(),
    );
    expect(await fetchIssuerJson(`${url}/jwks`)).toEqual(JWKS);
    expect(await fetchIssuerJson(`${url}/none`)).toBeNull();
  });

  it.each([301, 302, 303, 307, 308])('is not sought where a %i leads', async (status) => {
    let visitors = 0;
    const elsewhere = await serve((_request, response) => {
      visitors += 1;
      response.end(JSON.stringify(JWKS));
    });
    const url = await serve((_request, response) =>
      response.writeHead(status, { location: `${elsewhere}/jwks` }).end(),
    );
    await expect(fetchIssuerJson(`${url}/jwks`)).rejects.toThrow();
    expect(visitors).toBe(0);
  });

  it('with another status than 200 is none, whatever is in it', async () => {
    for (const status of [201, 203, 401, 500]) {
      const url = await serve((_request, response) => response.writeHead(status).end(JSON.stringify(JWKS)));
      await expect(fetchIssuerJson(url), String(status)).rejects.toThrow(`${status}`);
    }
  });

  it('without end is not read to the end', async () => {
    let sent = 0;
    const url = await serve((_request, response) => {
      const more = (): void => {
        sent += 1;
        if (!response.destroyed && sent < 10_000) response.write(' '.repeat(16_384), () => setImmediate(more));
      };
      more();
    });
    await expect(fetchIssuerJson(url)).rejects.toThrow('more than');
    expect(sent).toBeLessThan(10_000);
  });
});
