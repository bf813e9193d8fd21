// A token that is bound to a key (RFC 9449) opens nothing without a proof by that key for that very token and call.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { createDeviceKey, signDeviceProof, type DeviceKey } from '#shared/device/device-proof.ts';
import { BASE_URL } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';

let world: HttpWorld;
let key: DeviceKey;
let token: string;
const url = `${BASE_URL}/v1/me`;
beforeAll(async () => {
  world = await openHttpWorld();
  key = await createDeviceKey();
  token = await world.tokenFor('ana', { claims: { cnf: { jkt: key.device } } });
});
afterAll(async () => {
  await world.close();
});

type Claims = { readonly ath?: string; readonly htu?: string };

async function proofBy(by: DeviceKey, claims: Claims): Promise<string> {
  const { kty, crv, x } = by.publicJwk;
  return await new SignJWT({
    jti: randomUUID(),
    htm: 'GET',
    htu: url,
    iat: Math.floor(world.clock.now() / 1000),
    ...claims,
  })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk: { kty: kty ?? '', crv: crv ?? '', x: x ?? '' } })
    .sign(by.privateKey);
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

async function call(scheme: 'DPoP' | 'Bearer', proof: string | null): Promise<number> {
  const headers = proof === null ? {} : { dpop: proof };
  return (await world.callWith(new Request(url, { headers }), `${scheme} ${token}`)).status;
}

describe('a bound token', () => {
  it('is taken with the proof of its key, once', async () => {
    const proof = await proofBy(key, { ath: hashOf(token) });
    expect(await call('DPoP', proof)).toBe(200);
    expect(await call('DPoP', proof)).toBe(401);
  });

  it('is refused without a proof, and as a bearer token', async () => {
    expect(await call('DPoP', null)).toBe(400);
    expect(await call('Bearer', await proofBy(key, { ath: hashOf(token) }))).toBe(401);
  });

  it('is refused with the proof of another key, for another token, or for no token', async () => {
    const other = await createDeviceKey();
    expect(await call('DPoP', await proofBy(other, { ath: hashOf(token) }))).toBe(401);
    expect(await call('DPoP', await proofBy(key, { ath: hashOf('another') }))).toBe(401);
    expect(await call('DPoP', await proofBy(key, {}))).toBe(401);
    expect(await call('DPoP', await signDeviceProof({ key, method: 'GET', url, nowMs: world.clock.now() }))).toBe(401);
  });

  it('is refused with the proof for another call', async () => {
    expect(await call('DPoP', await proofBy(key, { ath: hashOf(token), htu: `${BASE_URL}/v1/catalog` }))).toBe(401);
  });
});
