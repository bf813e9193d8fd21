// Access tokens over HTTP, of a real sign-in at a real provider and of whoever forges: one kind of token of one issuer
// opens the broker, in its time; and a refusal does not say what was wrong with the others.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as client from 'openid-client';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { ANA, NIGHTLY } from '#test/support/oidc/accounts.ts';
import { DESKTOP_CLIENT_ID } from '#test/support/oidc/clients.ts';
import { hostileTokens } from '#test/support/oidc/hostile-tokens.ts';
import { openSmallBrowser } from '#test/support/small-browser.ts';
import { AUDIENCE } from '#test/support/standalone-world.ts';

let world: HttpWorld;
beforeAll(async () => {
  const services = [{ client: NIGHTLY.clientId, displayName: NIGHTLY.name, roles: ['analyst'] }];
  // The provider's own tokens are of this very moment.
  world = await openHttpWorld({ startAt: new Date().toISOString(), oidc: { services, reproveWithin: 'PT15M' } });
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => world.clock.set(Date.now()));

const show = async (token: string): Promise<Response> =>
  await world.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${token}`);
const statusOf = async (token: string): Promise<number> => (await show(token)).status;
const nowS = (): number => Math.floor(world.clock.now() / 1000);

describe('of a sign-in at the provider', () => {
  it('the access token opens the broker; ID token, refresh token and code do not', async () => {
    const config = await client.discovery(new URL(world.provider.issuer), DESKTOP_CLIENT_ID, undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    });
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: 'http://127.0.0.1:1/callback',
      scope: 'openid profile offline_access daypass',
      resource: AUDIENCE,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    const back = new URL(await openSmallBrowser().signInUntilBack(address.href, ANA));
    const code = back.searchParams.get('code') ?? '';
    const tokens = await client.authorizationCodeGrant(config, back, { pkceCodeVerifier }, { resource: AUDIENCE });
    world.clock.set(Date.now());
    const me = await show(tokens.access_token);
    expect(me.status).toBe(200);
    expect(await me.json()).toMatchObject({ name: ANA.name, facts: 'verified' });
    for (const other of [tokens.id_token, tokens.refresh_token, code]) {
      expect(other?.length).toBeGreaterThan(20);
      expect(await statusOf(other ?? '')).toBe(401);
    }
  });

  it('a service’s own token opens it as that service', async () => {
    const config = await client.discovery(
      new URL(world.provider.issuer),
      NIGHTLY.clientId,
      NIGHTLY.clientSecret,
      undefined,
      { execute: [client.allowInsecureRequests] },
    );
    const { access_token } = await client.clientCredentialsGrant(config, { resource: AUDIENCE });
    world.clock.set(Date.now());
    expect(await (await show(access_token)).json()).toMatchObject({
      name: NIGHTLY.name,
      kind: 'service',
      admin: false,
    });
  });
});

describe('a token that is wrong in one thing', () => {
  it('is refused like every other one, and nothing of it is logged', async () => {
    expect(await statusOf(await world.provider.tokenFor(ANA))).toBe(200);
    const before = world.refusals.length;
    const answers = new Set<string>();
    const hostile = Object.entries(await hostileTokens(world.provider, ANA)).filter(([, token]) => token !== '');
    for (const [name, token] of hostile) {
      const response = await show(token);
      expect(response.status, name).toBe(401);
      answers.add(`${await response.text()} ${JSON.stringify([...response.headers])}`);
    }
    expect(hostile.length).toBeGreaterThan(25);
    expect([...answers]).toHaveLength(1);
    // Inside, each has its own reason.
    expect(new Set(world.refusals.slice(before)).size).toBeGreaterThan(12);
    expect(world.wire.log()).not.toContain('eyJ');
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    ['demands what we do not know', { crit: ['urn:example:new'], 'urn:example:new': true }, 'critical_header'],
    ['demands nothing, strangely', { crit: [] }, 'critical_header'],
    ['has a payload that is not encoded', { b64: false, crit: ['b64'] }, 'critical_header'],
    ['is of an algorithm that is not allowed', { alg: 'ES384' }, 'wrong_algorithm'],
    ['is of an algorithm of another kind of key', { alg: 'RS256' }, 'wrong_algorithm'],
    ['is of an algorithm by another case', { alg: 'es256' }, 'wrong_algorithm'],
    ['is of several algorithms', { alg: ['ES256', 'none'] }, 'wrong_algorithm'],
    ['is a proof', { typ: 'dpop+jwt' }, 'wrong_type'],
    ['is a logout token', { typ: 'logout+jwt' }, 'wrong_type'],
    ['is of several types', { typ: ['at+jwt'] }, 'wrong_type'],
  ] as const)('in its header: it %s', async (_name, header, reason) => {
    const good = await world.provider.tokenFor(ANA);
    const [first = '', payload = '', signature = ''] = good.split('.');
    const known = JSON.parse(Buffer.from(first, 'base64url').toString()) as Record<string, unknown>;
    expect(await statusOf(`${encode({ ...known, ...header })}.${payload}.${signature}`)).toBe(401);
    expect(world.refusals.at(-1)).toBe(reason);
  });

  it('in its size: claims without end are refused, and what nobody reads costs nobody anything', async () => {
    expect(await statusOf(await world.issuer.sign({ sub: 'ana', person: 'ana', name: 'x'.repeat(8000) }))).toBe(200);
    for (const claims of [
      { sub: 'x'.repeat(256) },
      { sub: 'ana', person: 'x'.repeat(256) },
      { sub: 'ana', roles: Array.from({ length: 257 }, (_, index) => `r${index}`) },
      { sub: 'ana', roles: ['x'.repeat(129)] },
      { sub: 'ana', aud: Array.from({ length: 17 }, () => AUDIENCE) },
    ]) {
      // An account is read again from a newer token only.
      world.clock.advance(SECOND_MS);
      const token = await world.issuer.sign({ person: 'ana', ...claims });
      expect(await statusOf(token), JSON.stringify(claims).slice(0, 40)).toBe(401);
    }
    expect(await statusOf(await world.issuer.sign({ sub: 'ana', name: 'x'.repeat(20_000) }))).toBe(431);
  });
});

describe('the time of a token', () => {
  it('is given as much as two clocks may differ, and no second more', async () => {
    const signed = async (claims: object): Promise<number> =>
      await statusOf(await world.issuer.sign({ sub: 'ana', person: 'ana', ...claims }));
    world.clock.set(nowS() * SECOND_MS);
    const now = nowS();
    const times = { iat: now - 60, exp: now + 60 };
    expect(await signed({ ...times, exp: now - 9 })).toBe(200);
    expect(await signed({ ...times, exp: now - 10 })).toBe(401);
    expect(await signed({ ...times, nbf: now + 10 })).toBe(200);
    expect(await signed({ ...times, nbf: now + 11 })).toBe(401);
    expect(await signed({ ...times, iat: now + 10 })).toBe(200);
    expect(await signed({ ...times, iat: now + 11 })).toBe(401);
    expect(world.refusals.slice(-3)).toEqual(['expired', 'not_yet_valid', 'issued_in_the_future']);
  });

  it('ends also for a token that was taken a moment ago', async () => {
    const token = await world.issuer.sign({ sub: 'ana', person: 'ana', exp: nowS() + 60 });
    expect(await statusOf(token)).toBe(200);
    world.clock.advance(MINUTE_MS + 11 * SECOND_MS);
    expect(await statusOf(token)).toBe(401);
  });
});

describe('the provider’s keys', () => {
  it('may change while people work: tokens of both are taken, and of a key that was withdrawn none', async () => {
    const token = async (): Promise<string> => await world.issuer.sign({ sub: 'ana', person: 'ana' });
    const old = await token();
    expect(await statusOf(old)).toBe(200);
    await world.provider.rotateKeys();
    world.clock.advance(11 * SECOND_MS);
    const between = await token();
    expect([await statusOf(old), await statusOf(between)]).toEqual([200, 200]);
    await world.provider.rotateKeys({ forgetEarlier: true });
    world.clock.advance(11 * SECOND_MS);
    expect(await statusOf(await token())).toBe(200);
    // Also those that were taken before.
    expect([await statusOf(old), await statusOf(between)]).toEqual([401, 401]);
    expect(world.refusals.at(-1)).toBe('unknown_key');
  });
});
