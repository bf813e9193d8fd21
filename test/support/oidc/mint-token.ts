// Access tokens signed with the provider's own key, of the same form as those of its token endpoint, without a browser.
import { randomUUID } from 'node:crypto';
import { importJWK, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';
import type { Account } from './accounts.ts';
import { personClaims } from './claims.ts';
import { DESKTOP_CLIENT_ID } from './clients.ts';
import { SIGNATURE_ALGORITHM, type SigningKey } from './signing-keys.ts';

export type TokenWish = {
  /** When the person signed in. Default: now. */
  readonly authTimeMs?: number;
  /** Over the claims as they would be; `undefined` leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly ttlS?: number;
  /** When it was issued. Default: now. */
  readonly issuedAtMs?: number;
};

export type Mint = {
  readonly issuer: string;
  readonly audience: string;
  readonly ttlS: number;
  readonly key: SigningKey;
};

/** The payload of a token as the provider's token endpoint would make it. */
export function tokenClaims(mint: Omit<Mint, 'key'>, account: Account, wish: TokenWish = {}): JWTPayload {
  const issuedAtMs = wish.issuedAtMs ?? Date.now();
  const issuedAtS = Math.floor(issuedAtMs / 1000);
  return {
    ...personClaims(account, { atMs: wish.authTimeMs ?? issuedAtMs }),
    iss: mint.issuer,
    sub: account.login,
    aud: mint.audience,
    client_id: DESKTOP_CLIENT_ID,
    scope: 'daypass',
    jti: randomUUID(),
    iat: issuedAtS,
    exp: issuedAtS + (wish.ttlS ?? mint.ttlS),
    ...wish.claims,
  };
}

export async function mintToken(mint: Mint, account: Account, wish: TokenWish = {}): Promise<string> {
  const header = { alg: SIGNATURE_ALGORITHM, typ: 'at+jwt', kid: mint.key.kid };
  return await signToken(mint.key, header, tokenClaims(mint, account, wish));
}

export async function signToken(key: SigningKey, header: JWTHeaderParameters, claims: JWTPayload): Promise<string> {
  const known = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  return await new SignJWT(known).setProtectedHeader(header).sign(await importJWK(key, header.alg));
}
