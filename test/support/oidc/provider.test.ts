import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANA, JO_AGAIN, JO_BERG, KIM, LEE, NIGHTLY } from './accounts.ts';
import { DESKTOP_CLIENT_ID } from './clients.ts';
import { hostileTokens } from './hostile-tokens.ts';
import { startProvider, type TestProvider } from './provider.ts';
import { signInWithChromium } from './sign-in-with-chromium.ts';

const AUDIENCE = 'https://daypass.example';

let provider: TestProvider;
/** The app's own listener, which the browser comes back to. */
let app: Server;
let redirect: string;
let cameBack: (address: URL) => void = () => {};

beforeAll(async () => {
  provider = await startProvider({ audience: AUDIENCE });
  app = createServer((request, response) => {
    cameBack(new URL(request.url ?? '', redirect));
    response.end('You are signed in');
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  redirect = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;
});

afterAll(async () => {
  app.close();
  await provider.stop();
});

async function desktop(): Promise<client.Configuration> {
  return await client.discovery(new URL(provider.issuer), DESKTOP_CLIENT_ID, undefined, client.None(), {
    execute: [client.allowInsecureRequests],
  });
}

async function signIn(account: typeof ANA, extra: Record<string, string> = {}) {
  const config = await desktop();
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: 'openid daypass',
    resource: AUDIENCE,
    state: 'a-state',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...extra,
  });
  const back = new Promise<URL>((resolve) => {
    cameBack = resolve;
  });
  const seen = await signInWithChromium(address.href, account);
  const tokens = await client.authorizationCodeGrant(config, await back, {
    pkceCodeVerifier,
    expectedState: 'a-state',
  });
  return { config, seen, tokens };
}

async function verified(token: string) {
  const keys = createRemoteJWKSet(new URL(`${provider.issuer}/jwks`));
  return await jwtVerify(token, keys, {
    issuer: provider.issuer,
    audience: AUDIENCE,
    typ: 'at+jwt',
    requiredClaims: ['sub', 'exp', 'client_id'],
  });
}

describe('signing in with a browser', () => {
  it('gives an access token for the broker that says who the person is and when they signed in', async () => {
    const { seen, tokens } = await signIn(ANA);
    expect(seen).toEqual({ url: redirect, text: 'You are signed in' });
    const { payload } = await verified(tokens.access_token);
    expect(payload).toMatchObject({
      sub: 'ana',
      client_id: DESKTOP_CLIENT_ID,
      name: 'Ana Lima',
      person: 'ana',
      roles: ['data-scientist'],
      teams: ['vision'],
      contractor: false,
      zoneinfo: 'Europe/Lisbon',
    });
    expect(Math.abs(Number(payload['auth_time']) - Number(payload.iat))).toBeLessThan(30);
  });

  it('gives tokens of the same form as those that tests make without it', async () => {
    const { tokens } = await signIn(KIM);
    const made = await provider.tokenFor(KIM);
    expect(Object.keys(decodeJwt(made)).toSorted()).toEqual(Object.keys(decodeJwt(tokens.access_token)).toSorted());
    expect(decodeProtectedHeader(made)).toEqual(decodeProtectedHeader(tokens.access_token));
    await verified(made);
  });

  it('refreshes with another refresh token each time, keeps the time of the sign-in, and no token works twice', async () => {
    provider.setSignInAgeMs(3_600_000);
    const { config, tokens } = await signIn(ANA);
    provider.setSignInAgeMs(0);
    const first = tokens.refresh_token ?? '';
    const renewed = await client.refreshTokenGrant(config, first);
    expect(renewed.refresh_token).toBeDefined();
    expect(renewed.refresh_token).not.toBe(first);
    const { payload } = await verified(renewed.access_token);
    expect(payload['auth_time']).toBe(decodeJwt(tokens.access_token)['auth_time']);
    expect(Number(payload.iat) - Number(payload['auth_time'])).toBeGreaterThanOrEqual(3600);
    await expect(client.refreshTokenGrant(config, first)).rejects.toMatchObject({ error: 'invalid_grant' });
    // Whoever had the old one may be a thief, so the new one is gone too.
    await expect(client.refreshTokenGrant(config, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('revokes a refresh token', async () => {
    const { config, tokens } = await signIn(JO_BERG);
    await client.tokenRevocation(config, tokens.refresh_token ?? '');
    await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('lets a disabled person neither refresh nor in', async () => {
    const { config, tokens } = await signIn(LEE, { prompt: 'login', max_age: '0' });
    provider.disable(LEE);
    try {
      await expect(client.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
        error: 'invalid_grant',
      });
      const address = new URL(client.buildAuthorizationUrl(config, { redirect_uri: redirect, scope: 'openid' }));
      address.searchParams.set('code_challenge', await client.calculatePKCECodeChallenge('a'.repeat(43)));
      address.searchParams.set('code_challenge_method', 'S256');
      await expect(signInWithChromium(address.href, LEE)).resolves.toMatchObject({
        text: expect.stringContaining('User name or password is wrong'),
      });
    } finally {
      provider.enable(LEE);
    }
  });

  it('signs in a device that has no browser by a code', async () => {
    const config = await desktop();
    const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid daypass', resource: AUDIENCE });
    const seen = await signInWithChromium(begun.verification_uri_complete ?? begun.verification_uri, JO_AGAIN);
    expect(seen.text).toContain('Signed in');
    const tokens = await client.pollDeviceAuthorizationGrant(config, { ...begun, interval: 0.1 });
    const { payload } = await verified(tokens.access_token);
    expect(payload).toMatchObject({ sub: 'jo.admin', person: 'jo', auth_time: expect.any(Number) });
    expect(tokens.refresh_token).toBeDefined();
  });
});

it('lets a service in by its secret, as nobody in particular', async () => {
  const config = await client.discovery(new URL(provider.issuer), NIGHTLY.clientId, NIGHTLY.clientSecret, undefined, {
    execute: [client.allowInsecureRequests],
  });
  const tokens = await client.clientCredentialsGrant(config, { resource: AUDIENCE });
  const { payload } = await verified(tokens.access_token);
  expect(payload).toMatchObject({ sub: NIGHTLY.clientId, client_id: NIGHTLY.clientId, roles: [...NIGHTLY.roles] });
  expect(payload['auth_time']).toBeUndefined();
  await expect(client.clientCredentialsGrant(config, { resource: 'https://another.example' })).rejects.toThrow();
});

it('publishes a new key before it forgets the old one, and is the same provider after a stop', async () => {
  const before = await provider.tokenFor(ANA);
  await provider.rotateKeys();
  const after = await provider.tokenFor(ANA);
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
  await Promise.all([verified(before), verified(after)]);
  await provider.stop();
  await expect(fetch(`${provider.issuer}/jwks`)).rejects.toThrow();
  await provider.start();
  await verified(before);
  await provider.rotateKeys({ forgetEarlier: true });
  await expect(verified(before)).rejects.toThrow();
});

it('makes hostile tokens of which only those with nothing but wrong claims of ours pass a general check', async () => {
  const tokens = Object.entries(await hostileTokens(provider, ANA));
  const passed: string[] = [];
  for (const [name, token] of tokens) {
    const outcome = await verified(token).catch(() => null);
    if (outcome !== null) passed.push(name);
  }
  expect(new Set(tokens.map(([, token]) => token)).size).toBe(tokens.length);
  expect(tokens.length).toBeGreaterThan(25);
  expect(passed.toSorted()).toEqual([
    'issued in the future',
    'of an unknown client',
    'signed in in the future',
    'with an empty subject',
  ]);
});
