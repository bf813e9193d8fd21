import { CompactSign, SignJWT, UnsecuredJWT } from 'jose';
import { createHmac, createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAccessTokens, type AccessTokenClaims, type TokenRefusal } from '#broker/tokens/access-tokens.ts';
import { claimsOf } from '#broker/tokens/sign-access-token.ts';
import { createDeviceProofs } from '#broker/tokens/device-proof.ts';
import { createDeviceKey, signDeviceProof } from '#shared/device/device-proof.ts';
import { fixedKeys, makeKey, MAX_LIFE_MS, type TestKey } from './fixed-keys.ts';
import { ISSUER, NOW_MS, order, testClock } from './orders.ts';

const [key, otherKey, strangeKey] = [await makeKey(), await makeKey(), await makeKey()];
const clock = testClock();
const tokens = createAccessTokens({
  issuer: ISSUER,
  keys: fixedKeys([key, otherKey], clock),
  clock,
  maxTokenLifeMs: MAX_LIFE_MS,
});
const claims = claimsOf(order(), { issuer: ISSUER, nowMs: NOW_MS, maxTokenLifeMs: MAX_LIFE_MS });
const header = { alg: 'EdDSA', typ: 'at+jwt', kid: key.keyId };
const AUDIENCE = 'dataset:penguins';

/** Signs whatever it is given with a key that the broker trusts: the strongest forger there can be. */
async function signed(payload: unknown, head: Record<string, unknown> = header, by: TestKey = key): Promise<string> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return signedBytes(text, JSON.stringify(head), by);
}

async function signedBytes(payload: string, head: string, by: TestKey = key): Promise<string> {
  const input = `${Buffer.from(head).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  if (by.privateKey === null) throw new Error('no private key');
  const signature = await crypto.subtle.sign('Ed25519', by.privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString('base64url')}`;
}

function without(claim: keyof AccessTokenClaims): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
}

async function hs256(secret: string | Uint8Array): Promise<string> {
  const head = Buffer.from(JSON.stringify({ ...header, alg: 'HS256' })).toString('base64url');
  const input = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const pem = createPublicKey({ key: key.publicJwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
const good = await signed(claims);
const [goodHeader, goodPayload, goodSignature] = good.split('.');
const idToken = {
  iss: ISSUER,
  sub: claims.sub,
  aud: AUDIENCE,
  iat: claims.iat,
  exp: claims.exp,
  nonce: 'n',
  auth_time: claims.iat,
};
const deviceKey = await createDeviceKey();
const proof = await signDeviceProof({ key: deviceKey, method: 'GET', url: 'https://broker.example/x', nowMs: NOW_MS });
const withJwk = (by: TestKey, extra: Record<string, unknown>) => signed(claims, { ...header, ...extra }, by);

const matrix: readonly (readonly [string, string | Promise<string>, TokenRefusal])[] = [
  ['alg none', new UnsecuredJWT(claims).encode(), 'wrong_algorithm'],
  [
    'alg none with our type and key id',
    `${Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k"}').toString('base64url')}.${goodPayload}.`,
    'wrong_algorithm',
  ],
  ['alg None', signed(claims, { ...header, alg: 'None' }), 'wrong_algorithm'],
  ['HS256 with the public key (PEM) as secret', hs256(pem), 'wrong_algorithm'],
  ['HS256 with the public key (raw) as secret', hs256(Buffer.from(key.publicX, 'base64url')), 'wrong_algorithm'],
  [
    'EdDSA in name, HMAC in truth',
    (async () =>
      `${goodHeader}.${goodPayload}.${createHmac('sha512', pem).update(`${goodHeader}.${goodPayload}`).digest('base64url')}`)(),
    'bad_signature',
  ],
  ['a key that is not ours', signed(claims, { ...header, kid: strangeKey.keyId }, strangeKey), 'unknown_key'],
  ['a key that is not ours under our key id', signed(claims, header, strangeKey), 'bad_signature'],
  ['kid of another key of ours', signed(claims, { ...header, kid: otherKey.keyId }), 'bad_signature'],
  ['no kid', signed(claims, { alg: 'EdDSA', typ: 'at+jwt' }), 'malformed'],
  ['kid that is no string', signed(claims, { ...header, kid: { $ne: null } }), 'malformed'],
  ['kid of the prototype', signed(claims, { ...header, kid: '__proto__' }), 'unknown_key'],
  ['typ JWT', signed(claims, { ...header, typ: 'JWT' }), 'wrong_type'],
  ['typ dpop+jwt', signed(claims, { ...header, typ: 'dpop+jwt' }), 'wrong_type'],
  ['no typ', signed(claims, { alg: 'EdDSA', kid: key.keyId }), 'wrong_type'],
  ['an ID token', signed(idToken, { ...header, typ: 'JWT' }), 'wrong_type'],
  ['an ID token that claims to be an access token', signed(idToken), 'bad_claims'],
  ['a DPoP proof used as a token', proof, 'wrong_algorithm'],
  ['another issuer', signed({ ...claims, iss: 'https://evil.example' }), 'wrong_issuer'],
  ['our issuer with a slash more', signed({ ...claims, iss: `${ISSUER}/` }), 'wrong_issuer'],
  ['a token of another resource', tokens.sign(order({ resource: 'model:penguins' })), 'wrong_audience'],
  [
    'our audience in another case',
    signed({
      ...claims,
      aud: 'Dataset:Penguins',
      authorization_details: [{ ...claims.authorization_details[0], locations: ['Dataset:Penguins'] }],
    }),
    'wrong_audience',
  ],
  ['an array of audiences', signed({ ...claims, aud: [AUDIENCE, 'dataset:other'] }), 'wrong_audience'],
  ['an array of our audience alone', signed({ ...claims, aud: [AUDIENCE] }), 'wrong_audience'],
  [
    'details of another resource',
    signed({
      ...claims,
      authorization_details: [{ ...claims.authorization_details[0], locations: ['dataset:other'] }],
    }),
    'bad_claims',
  ],
  [
    'two details',
    signed({ ...claims, authorization_details: [claims.authorization_details[0], claims.authorization_details[0]] }),
    'bad_claims',
  ],
  [
    'details without an action',
    signed({ ...claims, authorization_details: [{ ...claims.authorization_details[0], actions: [] }] }),
    'bad_claims',
  ],
  [
    'expired this second',
    signed({ ...claims, iat: claims.iat - 60, nbf: claims.nbf - 60, exp: claims.iat }),
    'expired',
  ],
  ['not yet valid', signed({ ...claims, nbf: claims.iat + 60 }), 'not_yet_valid'],
  ['issued in the future', signed({ ...claims, iat: claims.iat + 60, nbf: claims.iat + 60 }), 'not_yet_valid'],
  ['exp beyond the longest life', signed({ ...claims, exp: claims.iat + MAX_LIFE_MS / 1000 + 1 }), 'bad_claims'],
  ['nbf before iat, to stretch the life', signed({ ...claims, nbf: claims.iat - 1 }), 'bad_claims'],
  ['exp as text', signed({ ...claims, exp: String(claims.exp) }), 'bad_claims'],
  [
    'exp not a number of JSON',
    signedBytes(JSON.stringify(claims).replace(String(claims.exp), '1e999'), JSON.stringify(header)),
    'malformed',
  ],
  ['a fraction of a second', signed({ ...claims, exp: claims.exp + 0.5 }), 'bad_claims'],
  ['a claim that we never write', signed({ ...claims, scope: 'admin' }), 'bad_claims'],
  ['a payload that is no object', signed([claims]), 'bad_claims'],
  ['a payload that is null', signed('null'), 'bad_claims'],
  ['a payload that is no JSON', signed('{"iss":'), 'malformed'],
  ['a header that is no object', signedBytes(JSON.stringify(claims), '[]'), 'malformed'],
  [
    'duplicate members in the payload, ours last',
    signedBytes(`{"aud":"dataset:other",${JSON.stringify(claims).slice(1)}`, JSON.stringify(header)),
    'malformed',
  ],
  [
    'duplicate members in the payload, ours first',
    signedBytes(`${JSON.stringify(claims).slice(0, -1)},"exp":9999999999}`, JSON.stringify(header)),
    'malformed',
  ],
  [
    'duplicate members in the header',
    signedBytes(JSON.stringify(claims), `{"alg":"none",${JSON.stringify(header).slice(1)}`),
    'malformed',
  ],
  ['white space before the payload', signedBytes(` ${JSON.stringify(claims)}`, JSON.stringify(header)), 'malformed'],
  ['an embedded jwk that signed it', withJwk(strangeKey, { jwk: strangeKey.publicJwk }), 'malformed'],
  ['an embedded jwk that is ours', withJwk(key, { jwk: key.publicJwk }), 'malformed'],
  ['a jku', withJwk(key, { jku: 'https://evil.example/jwks' }), 'malformed'],
  ['an x5u', withJwk(key, { x5u: 'https://evil.example/x' }), 'malformed'],
  ['an x5c', withJwk(key, { x5c: ['MIIB'] }), 'malformed'],
  ['a crit', withJwk(key, { crit: ['exp'] }), 'malformed'],
  ['an unencoded payload (b64)', withJwk(key, { b64: false, crit: ['b64'] }), 'malformed'],
  ['one dot more', `${good}.`, 'malformed'],
  ['two dots more', `${good}..`, 'malformed'],
  ['five parts, as an encrypted token', `${good}.a.b`, 'malformed'],
  ['two parts', `${goodHeader}.${goodPayload}`, 'malformed'],
  ['nothing', '', 'malformed'],
  ['dots only', '..', 'malformed'],
  ['oversized', `${good}${'A'.repeat(2000)}`, 'malformed'],
  ['a hundred thousand dots', '.'.repeat(100_000), 'malformed'],
  ['padded base64', `${goodHeader}.${goodPayload}.${goodSignature}==`, 'malformed'],
  [
    'stray bits in the signature',
    `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : respell(good.at(-1))}`,
    'malformed',
  ],
  ['white space around', ` ${good} `, 'malformed'],
  ['no signature', `${goodHeader}.${goodPayload}.`, 'bad_signature'],
  [
    'the signature of other claims',
    `${goodHeader}.${Buffer.from(JSON.stringify({ ...claims, sub: 'sub_other' })).toString('base64url')}.${goodSignature}`,
    'bad_signature',
  ],
  [
    'the JSON serialisation',
    JSON.stringify({ protected: goodHeader, payload: goodPayload, signature: goodSignature }),
    'malformed',
  ],
  ...(Object.keys(claims) as (keyof AccessTokenClaims)[]).map(
    (claim) => [`no ${claim}`, signed(without(claim)), 'bad_claims'] as const,
  ),
  ...(['iss', 'sub', 'jti', 'client_id', 'grant_id', 'policy_hash'] as const).map(
    (claim) => [`an empty ${claim}`, signed({ ...claims, [claim]: '' }), 'bad_claims'] as const,
  ),
];

/** Another last character with the same leading bits: lenient decoders read the same signature. */
function respell(last = 'A'): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(last) + 1] ?? '_';
}

describe('token-confusion-matrix', () => {
  it('accepts the token that all of these were made from', async () => {
    expect(await tokens.verify(good, { audience: AUDIENCE, nowMs: NOW_MS })).toEqual({ ok: true, value: claims });
  });

  it.each(matrix)('refuses %s', async (_name, token, refusal) => {
    const presented = await token;
    const first = await tokens.verify(presented, { audience: AUDIENCE, nowMs: NOW_MS });
    const again = await tokens.verify(presented, { audience: AUDIENCE, nowMs: NOW_MS });
    expect([first, again]).toEqual([
      { ok: false, error: refusal },
      { ok: false, error: refusal },
    ]);
  });

  it('refuses an access token, and a JWT signed by the device key, where a DPoP proof belongs', async () => {
    const proofs = createDeviceProofs({ clock });
    const check = (text: string) =>
      proofs.verify({ proof: text, method: 'GET', url: 'https://broker.example/x', nowMs: NOW_MS });
    expect(await check(good)).toEqual({ ok: false, error: 'wrong_type' });
    const body = { jti: 'x', htm: 'GET', htu: 'https://broker.example/x', iat: claims.iat };
    for (const typ of ['JWT', 'at+jwt', undefined]) {
      const disguised = new SignJWT(body).setProtectedHeader({
        alg: 'EdDSA',
        jwk: deviceKey.publicJwk,
        ...(typ === undefined ? {} : { typ }),
      });
      expect(await check(await disguised.sign(deviceKey.privateKey))).toEqual({ ok: false, error: 'wrong_type' });
    }
    const noClaims = new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader({
      alg: 'EdDSA',
      typ: 'dpop+jwt',
      jwk: deviceKey.publicJwk,
    });
    expect(await check(await noClaims.sign(deviceKey.privateKey))).toEqual({ ok: false, error: 'malformed' });
    expect((await check(proof)).ok).toBe(true);
  });
});
