// Tokens that a broker must refuse, each wrong in one thing only, so that a check that is missing shows.
import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK, type JWTHeaderParameters } from 'jose';
import type { Account } from './accounts.ts';
import { signToken, tokenClaims, type TokenWish } from './mint-token.ts';
import type { TestProvider } from './provider.ts';
import { makeSigningKey, publicPart, SIGNATURE_ALGORITHM } from './signing-keys.ts';

const MINUTE_MS = 60_000;

/** By what is wrong with them. `elsewhere`: a server of the attacker's that serves a JWKS, for headers that name it. */
export async function hostileTokens(
  provider: TestProvider,
  account: Account,
  elsewhere = 'http://127.0.0.1:9/jwks',
): Promise<Readonly<Record<string, string>>> {
  return {
    ...(await wrongClaims(provider, account)),
    ...(await wrongHeaders(provider, account)),
    ...(await foreignKeys(provider, account, elsewhere)),
    ...(await unsigned(provider, account)),
  };
}

async function wrongClaims(provider: TestProvider, account: Account): Promise<Record<string, string>> {
  const nowMs = Date.now();
  const nowS = Math.floor(nowMs / 1000);
  const wishes: Record<string, TokenWish> = {
    'of another issuer': { claims: { iss: 'http://127.0.0.1:1' } },
    'of the issuer with a slash': { claims: { iss: `${provider.issuer}/` } },
    'without an issuer': { claims: { iss: undefined } },
    'for another audience': { claims: { aud: 'https://another.example' } },
    'for an audience that begins alike': { claims: { aud: `${provider.audience}.example` } },
    'without an audience': { claims: { aud: undefined } },
    'of an unknown client': { claims: { client_id: 'another-program' } },
    'without a client': { claims: { client_id: undefined } },
    'without a subject': { claims: { sub: undefined } },
    'with an empty subject': { claims: { sub: '' } },
    'without an end': { claims: { exp: undefined } },
    'with an end in words': { claims: { exp: 'never' } },
    'that ended': { issuedAtMs: nowMs - 60 * MINUTE_MS, ttlS: 60 },
    'that has not begun': { claims: { nbf: nowS + 3600 } },
    'issued in the future': { claims: { iat: nowS + 3600, exp: nowS + 7200 } },
    'signed in in the future': { authTimeMs: nowMs + 60 * MINUTE_MS },
  };
  const tokens = await Promise.all(
    Object.entries(wishes).map(async ([name, wish]) => [name, await provider.tokenFor(account, wish)] as const),
  );
  return Object.fromEntries(tokens);
}

async function wrongHeaders(provider: TestProvider, account: Account): Promise<Record<string, string>> {
  const { key, ...mint } = provider.mint();
  const right = { alg: SIGNATURE_ALGORITHM, kid: key.kid, typ: 'at+jwt' };
  const headers: Record<string, JWTHeaderParameters> = {
    'of the type of an ID token': { ...right, typ: 'JWT' },
    'without a type': { alg: right.alg, kid: right.kid },
    'with an unknown key id': { ...right, kid: 'nobody' },
  };
  const tokens = await Promise.all(
    Object.entries(headers).map(
      async ([name, header]) => [name, await signToken(key, header, tokenClaims(mint, account))] as const,
    ),
  );
  return Object.fromEntries(tokens);
}

/** Signed by the attacker, who says in the header where the key is to be found. */
async function foreignKeys(
  provider: TestProvider,
  account: Account,
  elsewhere: string,
): Promise<Record<string, string>> {
  const { key, ...mint } = provider.mint();
  const foreign = await makeSigningKey();
  const plain = { alg: SIGNATURE_ALGORITHM, typ: 'at+jwt', kid: key.kid };
  const headers: Record<string, JWTHeaderParameters> = {
    'signed by another key': plain,
    'that brings its key along': { ...plain, jwk: publicPart(foreign) },
    'that says where its keys are': { ...plain, jku: elsewhere },
    'that says where its certificate is': { ...plain, x5u: elsewhere },
    'that brings a certificate along': { ...plain, x5c: ['MIIB'] },
  };
  const tokens = await Promise.all(
    Object.entries(headers).map(
      async ([name, header]) => [name, await signToken(foreign, header, tokenClaims(mint, account))] as const,
    ),
  );
  return Object.fromEntries(tokens);
}

/** No signature, none that fits, or one whose key everybody knows. */
async function unsigned(provider: TestProvider, account: Account): Promise<Record<string, string>> {
  const { key, ...mint } = provider.mint();
  const good = await provider.tokenFor(account);
  const [header = '', , signature = ''] = good.split('.');
  const payload = encode(tokenClaims(mint, account));
  const other = encode(tokenClaims(mint, account, { claims: { sub: 'lee', person: 'lee', roles: ['admin'] } }));
  const publicKey = await importJWK(publicPart(key), SIGNATURE_ALGORITHM);
  const secrets = {
    'signed with the public key as a secret (PEM)': publicKey instanceof CryptoKey ? await exportSPKI(publicKey) : '',
    'signed with the public key as a secret (JWK)': JSON.stringify(publicPart(key)),
  };
  const forged = Object.entries(secrets).map(([name, secret]) => {
    const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: key.kid })}.${payload}`;
    return [name, `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`] as const;
  });
  return {
    ...Object.fromEntries(forged),
    'not signed at all': `${encode({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
    'with another payload under its signature': `${header}.${other}.${signature}`,
    'that is no token': 'not.a.token',
    'that is empty': '',
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
