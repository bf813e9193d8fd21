import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { createDeviceProofs, type ProofRefusal } from '#broker/tokens/device-proof.ts';
import { createDeviceKey, signDeviceProof } from '#shared/device/device-proof.ts';
import { NOW_MS, testClock } from './orders.ts';

const URL_CALLED = 'https://broker.example/v1/requests/req_1/collect';
const call = { method: 'POST', url: URL_CALLED, nowMs: NOW_MS };
const key = await createDeviceKey();
const startedAt = testClock(NOW_MS - 600_000);

function proofs(options: { windowMs?: number; capacity?: number } = {}) {
  return createDeviceProofs({ clock: startedAt, ...options });
}

async function handMade(over: {
  header?: Record<string, unknown>;
  payload?: Record<string, unknown> | string;
  privateKey?: CryptoKey;
}): Promise<string> {
  const header = { typ: 'dpop+jwt', alg: 'EdDSA', jwk: key.publicJwk, ...over.header };
  const body = { jti: crypto.randomUUID(), htm: 'POST', htu: URL_CALLED, iat: Math.floor(NOW_MS / 1000) };
  const text = typeof over.payload === 'string' ? over.payload : JSON.stringify({ ...body, ...over.payload });
  return new CompactSign(Buffer.from(text)).setProtectedHeader(header).sign(over.privateKey ?? key.privateKey);
}

/** A proof with a header that no honest library would sign: the signature is real, the header is what is given. */
async function signedBy(privateKey: CryptoKey, header: unknown): Promise<string> {
  const body = { jti: crypto.randomUUID(), htm: 'POST', htu: URL_CALLED, iat: Math.floor(NOW_MS / 1000) };
  const input = [header, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = await crypto.subtle.sign('Ed25519', privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

describe('a device proof', () => {
  it('names the device that signed it', async () => {
    const proof = await signDeviceProof({ key, ...call });
    expect(await proofs().verify({ proof, ...call })).toEqual({
      ok: true,
      value: { device: key.device, publicJwk: { kty: 'OKP', crv: 'Ed25519', x: key.publicJwk.x }, tokenHash: null },
    });
  });

  it.each(['ES256', 'EdDSA', 'Ed25519'] as const)('is accepted from an independent client with %s', async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    const publicJwk: JWK = await exportJWK(pair.publicKey);
    const own = { ...call, nowMs: Date.now() };
    let proof = '';
    if (alg === 'EdDSA') {
      const iat = Math.floor(own.nowMs / 1000);
      proof = await handMade({ header: { alg, jwk: publicJwk }, payload: { iat }, privateKey: pair.privateKey });
    } else {
      // oauth4webapi makes the proof on its way to a resource; only the header is wanted here.
      const dpop = oauth.DPoP({}, pair);
      const seen: Request[] = [];
      await oauth.protectedResourceRequest('t', 'POST', new URL(URL_CALLED), undefined, undefined, {
        DPoP: dpop,
        [oauth.customFetch]: (url, init) => {
          seen.push(new Request(url, { method: init.method, headers: init.headers }));
          return Promise.resolve(new Response('{}'));
        },
      });
      proof = seen[0]?.headers.get('dpop') ?? '';
    }
    const verified = await createDeviceProofs({ clock: { now: () => own.nowMs - 5000 } }).verify({ proof, ...own });
    expect(verified.ok).toBe(true);
  });

  it('ignores the query and fragment of the call, and the spelling of its URL', async () => {
    const proof = await signDeviceProof({ key, ...call, url: `${URL_CALLED}?dryRun=true#x` });
    expect((await proofs().verify({ proof, ...call, url: `${URL_CALLED}?other=1` })).ok).toBe(true);
    const spelt = await handMade({ payload: { htu: 'HTTPS://Broker.Example:443/v1/./requests/%72eq_1/collect' } });
    expect((await proofs().verify({ proof: spelt, ...call })).ok).toBe(true);
  });

  it('ignores ath and nonce, which no part of the broker relies on', async () => {
    const proof = await handMade({ payload: { ath: 'x', nonce: 'y', nbf: 9_999_999_999, exp: 1 } });
    expect((await proofs().verify({ proof, ...call })).ok).toBe(true);
  });

  it('is refused when it names a private or secret key, and the refusal does not hold it', async () => {
    const pair = await createDeviceKey({ extractable: true });
    const whole = await exportJWK(pair.privateKey);
    const proof = await handMade({ header: { jwk: whole }, privateKey: pair.privateKey });
    const refused = await proofs().verify({ proof, ...call });
    expect(refused).toEqual({ ok: false, error: 'private_key' });
  });

  const cases: readonly (readonly [string, () => Promise<string>, ProofRefusal])[] = [
    ['another method', () => handMade({ payload: { htm: 'GET' } }), 'wrong_method'],
    ['a method in another case', () => handMade({ payload: { htm: 'post' } }), 'wrong_method'],
    ['another path', () => handMade({ payload: { htu: `${URL_CALLED}/x` } }), 'wrong_url'],
    ['a path in another case', () => handMade({ payload: { htu: URL_CALLED.replace('req_1', 'REQ_1') } }), 'wrong_url'],
    ['another host', () => handMade({ payload: { htu: URL_CALLED.replace('broker', 'evil') } }), 'wrong_url'],
    [
      'another port',
      () => handMade({ payload: { htu: URL_CALLED.replace('.example', '.example:8443') } }),
      'wrong_url',
    ],
    ['plain http', () => handMade({ payload: { htu: URL_CALLED.replace('https', 'http') } }), 'wrong_url'],
    [
      'an encoded slash',
      () => handMade({ payload: { htu: URL_CALLED.replace('/collect', '%2fcollect') } }),
      'wrong_url',
    ],
    ['a user in the URL', () => handMade({ payload: { htu: URL_CALLED.replace('//', '//u:p@') } }), 'wrong_url'],
    ['no URL', () => handMade({ payload: { htu: 'collect' } }), 'wrong_url'],
    ['an old iat', () => handMade({ payload: { iat: Math.floor(NOW_MS / 1000) - 61 } }), 'stale'],
    ['an iat to come', () => handMade({ payload: { iat: Math.floor(NOW_MS / 1000) + 62 } }), 'not_yet_valid'],
    ['an iat as text', () => handMade({ payload: { iat: '1800000000' } }), 'malformed'],
    [
      'an endless iat',
      () => handMade({ payload: '{"jti":"a","htm":"POST","htu":"https://broker.example/","iat":1e999}' }),
      'malformed',
    ],
    ['no jti', () => handMade({ payload: { jti: undefined } }), 'malformed'],
    ['a jti to fill memory with', () => handMade({ payload: { jti: 'x'.repeat(129) } }), 'malformed'],
    ['no JSON', () => handMade({ payload: '{' }), 'malformed'],
    ['another typ', () => handMade({ header: { typ: 'JWT' } }), 'wrong_type'],
    ['no algorithm', () => signedBy(key.privateKey, { typ: 'dpop+jwt', jwk: key.publicJwk }), 'wrong_algorithm'],
    [
      'algorithm none',
      () => signedBy(key.privateKey, { typ: 'dpop+jwt', alg: 'none', jwk: key.publicJwk }),
      'wrong_algorithm',
    ],
    [
      'a symmetric algorithm',
      () => signedBy(key.privateKey, { typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'AA' } }),
      'wrong_algorithm',
    ],
    [
      'a symmetric key',
      () => signedBy(key.privateKey, { typ: 'dpop+jwt', alg: 'EdDSA', jwk: { kty: 'oct', k: 'AA' } }),
      'private_key',
    ],
    ['no key', () => signedBy(key.privateKey, { typ: 'dpop+jwt', alg: 'EdDSA' }), 'bad_key'],
    [
      'a key of another type than its algorithm',
      () => signedBy(key.privateKey, { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }),
      'bad_key',
    ],
    [
      'a key spelt in another way',
      () =>
        signedBy(key.privateKey, {
          typ: 'dpop+jwt',
          alg: 'EdDSA',
          jwk: { ...key.publicJwk, x: `${key.publicJwk.x}=` },
        }),
      'bad_key',
    ],
    [
      'a point that is not on the curve',
      () =>
        signedBy(key.privateKey, {
          typ: 'dpop+jwt',
          alg: 'ES256',
          jwk: { kty: 'EC', crv: 'P-256', x: key.publicJwk.x, y: key.publicJwk.x },
        }),
      'bad_key',
    ],
    [
      'a crit header',
      () => signedBy(key.privateKey, { typ: 'dpop+jwt', alg: 'EdDSA', jwk: key.publicJwk, crit: ['x'], x: 1 }),
      'malformed',
    ],
    [
      'another key than it shows',
      async () => handMade({ privateKey: (await createDeviceKey()).privateKey }),
      'bad_signature',
    ],
    ['a megabyte', () => Promise.resolve('A'.repeat(1_000_000)), 'malformed'],
    ['nothing', () => Promise.resolve(''), 'malformed'],
  ];
  it.each(cases)('is refused with %s', async (_name, make, refusal) => {
    expect(await proofs().verify({ proof: await make(), ...call })).toEqual({ ok: false, error: refusal });
  });
});

describe('the replay memory', () => {
  it('lets a proof pass once, also when both arrive together', async () => {
    const verifier = proofs();
    const proof = await signDeviceProof({ key, ...call });
    const answers = await Promise.all(Array.from({ length: 8 }, () => verifier.verify({ proof, ...call })));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toEqual({ ok: false, error: 'replayed' });
  });

  it('keeps refusing to the last moment at which the proof would still be young enough', async () => {
    const verifier = proofs();
    const proof = await signDeviceProof({ key, ...call });
    const last = Math.floor(NOW_MS / 1000) * 1000 + 60_000;
    expect((await verifier.verify({ proof, ...call })).ok).toBe(true);
    expect(await verifier.verify({ proof, ...call, nowMs: last })).toEqual({ ok: false, error: 'replayed' });
    expect(await verifier.verify({ proof, ...call, nowMs: last + 1 })).toEqual({ ok: false, error: 'stale' });
  });

  it('refuses new proofs when full, instead of forgetting one that could come again', async () => {
    const verifier = proofs({ capacity: 2 });
    const [first, second, third] = [
      await signDeviceProof({ key, ...call }),
      await signDeviceProof({ key, ...call }),
      await signDeviceProof({ key, ...call }),
    ];
    expect((await verifier.verify({ proof: first, ...call })).ok).toBe(true);
    expect((await verifier.verify({ proof: second, ...call })).ok).toBe(true);
    expect(await verifier.verify({ proof: third, ...call })).toEqual({ ok: false, error: 'replay_memory_full' });
    expect(await verifier.verify({ proof: first, ...call })).toEqual({ ok: false, error: 'replayed' });
    const later = { ...call, nowMs: NOW_MS + 120_000 };
    expect((await verifier.verify({ proof: await signDeviceProof({ key, ...later }), ...later })).ok).toBe(true);
  });

  it('does not remember proofs that were refused, so that strangers cannot fill it', async () => {
    const verifier = proofs({ capacity: 1 });
    for (let attempt = 0; attempt < 5; attempt++) {
      await verifier.verify({ proof: await handMade({ payload: { htm: 'GET' } }), ...call });
    }
    expect((await verifier.verify({ proof: await signDeviceProof({ key, ...call }), ...call })).ok).toBe(true);
  });

  it('refuses what an earlier run may have seen, and what a clock set back would bring to life again', async () => {
    const proof = await signDeviceProof({ key, ...call });
    const restarted = createDeviceProofs({ clock: { now: () => NOW_MS + 2000 } });
    expect(await restarted.verify({ proof, ...call, nowMs: NOW_MS + 2001 })).toEqual({ ok: false, error: 'stale' });
    const verifier = proofs();
    expect((await verifier.verify({ proof, ...call })).ok).toBe(true);
    const later = { ...call, nowMs: NOW_MS + 120_000 };
    expect((await verifier.verify({ proof: await signDeviceProof({ key, ...later }), ...later })).ok).toBe(true);
    expect(await verifier.verify({ proof, ...call })).toEqual({ ok: false, error: 'stale' });
  });

  it('serves again when a clock that ran to 2099 is back, and takes no proof a second time', async () => {
    const verifier = proofs();
    const proof = await signDeviceProof({ key, ...call });
    expect((await verifier.verify({ proof, ...call })).ok).toBe(true);
    for (const nowMs of [Date.UTC(2099, 0, 1), Date.UTC(2099, 0, 2)]) {
      const ahead = { ...call, nowMs };
      expect((await verifier.verify({ proof: await signDeviceProof({ key, ...ahead }), ...ahead })).ok).toBe(true);
    }
    const back = { ...call, nowMs: NOW_MS + 30_000 };
    expect(await verifier.verify({ proof, ...back })).toEqual({ ok: false, error: 'stale' });
    const later = { ...call, nowMs: NOW_MS + 61_000 };
    const fresh = await signDeviceProof({ key, ...later });
    expect((await verifier.verify({ proof: fresh, ...later })).ok).toBe(true);
    expect(await verifier.verify({ proof: fresh, ...later })).toEqual({ ok: false, error: 'replayed' });
  });
});
