import * as oauth from 'oauth4webapi';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { createAccessTokens } from '#broker/tokens/access-tokens.ts';
import { fixedKeys, makeKey, MAX_LIFE_MS } from './fixed-keys.ts';
import { ISSUER, NOW_MS, order, testClock } from './orders.ts';

const key = await makeKey();

function tokensAt(nowMs = NOW_MS, issuer = ISSUER) {
  const clock = testClock(nowMs);
  const keys = fixedKeys([key], clock);
  const tokens = createAccessTokens({ issuer, keys, clock, maxTokenLifeMs: MAX_LIFE_MS });
  return { clock, keys, tokens };
}

function accept(audience: string | null = 'dataset:penguins', nowMs = NOW_MS) {
  return { audience, nowMs };
}

describe('access tokens', () => {
  it('say exactly what was ordered, and verify', async () => {
    const { tokens } = tokensAt();
    const verified = await tokens.verify(await tokens.sign(order()), accept());
    expect(verified).toEqual({
      ok: true,
      value: {
        iss: ISSUER,
        sub: order().subject,
        aud: 'dataset:penguins',
        client_id: order().device,
        iat: 1_800_000_000,
        nbf: 1_800_000_000,
        exp: 1_800_003_600,
        jti: order().credentialId,
        grant_id: order().grantId,
        policy_hash: order().policyHash,
        authorization_details: [{ type: 'daypass_access', locations: ['dataset:penguins'], actions: ['read'] }],
      },
    });
  });

  it('pass the RFC 9068 check of an independent implementation that reads only the JWKS', async () => {
    const nowMs = Date.now();
    const { tokens } = tokensAt(nowMs, 'https://broker.example');
    const token = await tokens.sign(order({ startsAtMs: nowMs, endsAtMs: nowMs + 3_600_000 }));
    const as = { issuer: 'https://broker.example', jwks_uri: 'https://broker.example/.well-known/jwks.json' };
    const request = new Request('https://data.example/rows', { headers: { authorization: `Bearer ${token}` } });
    const claims = await oauth.validateJwtAccessToken(as, request, 'dataset:penguins', {
      signingAlgorithms: ['EdDSA'],
      [oauth.customFetch]: () => Promise.resolve(Response.json(tokens.jwks())),
    });
    expect(claims.jti).toBe(order().credentialId);
    const elsewhere = new Request('https://data.example/rows', { headers: { authorization: `Bearer ${token}` } });
    await expect(
      oauth.validateJwtAccessToken(as, elsewhere, 'dataset:other', {
        [oauth.customFetch]: () => Promise.resolve(Response.json(tokens.jwks())),
      }),
    ).rejects.toThrow();
  });

  it('never outlive the grant, never start before it, and never live longer than their key is kept', async () => {
    const startsIn = fc.integer({ min: -5_000, max: 5_000 });
    const lastsMs = fc.integer({ min: 2_000, max: 2 * MAX_LIFE_MS });
    await fc.assert(
      fc.asyncProperty(startsIn, lastsMs, async (inMs, ms) => {
        const { tokens } = tokensAt();
        const startsAtMs = NOW_MS + inMs;
        const endsAtMs = Math.max(NOW_MS, startsAtMs) + ms;
        const token = await tokens.sign(order({ startsAtMs, endsAtMs }));
        const { iat, nbf, exp } = decodeJwt(token) as { iat: number; nbf: number; exp: number };
        expect(exp * 1000).toBeLessThanOrEqual(endsAtMs);
        expect((exp - iat) * 1000).toBeLessThanOrEqual(MAX_LIFE_MS);
        if (startsAtMs > NOW_MS) expect(nbf * 1000).toBeGreaterThanOrEqual(startsAtMs);
        expect(await tokens.verify(token, accept(null, endsAtMs))).toEqual({ ok: false, error: 'expired' });
        expect((await tokens.verify(token, accept(null, exp * 1000 - 1))).ok).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('work in the very millisecond they are issued, but before a later start not yet', async () => {
    const { tokens } = tokensAt();
    expect((await tokens.verify(await tokens.sign(order()), accept())).ok).toBe(true);
    const later = await tokens.sign(order({ startsAtMs: NOW_MS + 60_100 }));
    expect(await tokens.verify(later, accept(null, NOW_MS + 60_100))).toEqual({ ok: false, error: 'not_yet_valid' });
    expect((await tokens.verify(later, accept(null, NOW_MS + 61_000))).ok).toBe(true);
  });

  it('are refused to a grant that has no whole second left', async () => {
    const { tokens } = tokensAt();
    await expect(tokens.sign(order({ endsAtMs: NOW_MS + 100 }))).rejects.toThrow(RangeError);
  });

  it('stay under 1,200 bytes with the longest ids, issuer and action names that a catalog may have', async () => {
    const { tokens } = tokensAt(NOW_MS, `https://${'b'.repeat(72)}`);
    const resource = `dataset:${'d'.repeat(63)}`;
    const actions = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(39)];
    const token = await tokens.sign(order({ resource, actions }));
    expect(token.length).toBeLessThan(1200);
    expect((await tokens.verify(token, accept(resource))).ok).toBe(true);
    await expect(tokens.sign(order({ resource, actions: [...actions, 'd'.repeat(60)] }))).rejects.toThrow(/bytes/);
  });
});

describe('remembered tokens', () => {
  it('expire on time although they were verified before', async () => {
    const { tokens } = tokensAt();
    const token = await tokens.sign(order({ endsAtMs: NOW_MS + 10_000 }));
    expect((await tokens.verify(token, accept())).ok).toBe(true);
    expect(await tokens.verify(token, accept(null, NOW_MS + 10_000))).toEqual({ ok: false, error: 'expired' });
    expect(await tokens.verify(token, accept('dataset:other'))).toEqual({ ok: false, error: 'wrong_audience' });
    expect((await tokens.verify(token, accept())).ok).toBe(true);
  });

  it('are refused as soon as their key is gone, or another key has its id', async () => {
    const { tokens, keys } = tokensAt();
    const token = await tokens.sign(order());
    expect((await tokens.verify(token, accept())).ok).toBe(true);
    keys.keys = [];
    expect(await tokens.verify(token, accept())).toEqual({ ok: false, error: 'unknown_key' });
    keys.keys = [{ ...(await makeKey()), keyId: key.keyId }];
    expect(await tokens.verify(token, accept())).toEqual({ ok: false, error: 'bad_signature' });
  });

  it('do not vouch for a token that shares their signed part or their signature', async () => {
    const { tokens } = tokensAt();
    const [one, two] = [await tokens.sign(order()), await tokens.sign(order({ actions: ['read', 'read_pii'] }))];
    expect((await tokens.verify(one, accept())).ok).toBe(true);
    const [header, , signature] = one.split('.');
    const crossed = [header, two.split('.')[1], signature].join('.');
    expect(await tokens.verify(crossed, accept())).toEqual({ ok: false, error: 'bad_signature' });
    expect(await tokens.verify(`${one.slice(0, -4)}AAAA`, accept())).toMatchObject({ ok: false });
  });
});
