// A small issuer of access tokens without a server: its documents are served to the broker's fetch, its tokens are signed
// here. Time is the test's. The real provider is in test/support/oidc.
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters } from 'jose';
import type { FetchJson } from '#broker/identity/oidc/issuer-fetch.ts';
import type { EpochMs } from '#shared/domain/time.ts';

export type TokenIssuer = {
  readonly issuer: string;
  readonly fetchJson: FetchJson;
  /** How often its keys were read. */
  readonly reads: () => number;
  /** While it is down, every document is out of reach. */
  readonly setDown: (down: boolean) => void;
  /** Signs with a new key from now on; the earlier ones are published as well unless they are forgotten. */
  readonly rotate: (options?: { readonly forgetEarlier?: boolean }) => Promise<void>;
  /** Signs these claims over the usual ones; `undefined` leaves one out. */
  readonly sign: (
    claims: Readonly<Record<string, unknown>>,
    header?: Readonly<Partial<JWTHeaderParameters>>,
  ) => Promise<string>;
  /** Signs with a key that was never published, under the published key's name. */
  readonly forge: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
};

type Options = {
  readonly issuer?: string;
  readonly audience: string;
  readonly clientId: string;
  readonly now: () => EpochMs;
  readonly lifeS?: number;
};

type Key = { readonly kid: string; readonly privateKey: CryptoKey; readonly publicJwk: JWK };

async function makeKey(kid: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  return { kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

export async function createTokenIssuer(options: Options): Promise<TokenIssuer> {
  const { issuer = 'https://id.example', audience, clientId, now, lifeS = 900 } = options;
  let keys: readonly [Key, ...Key[]] = [await makeKey('key-1')];
  const strange = await makeKey('key-1');
  let down = false;
  let reads = 0;
  let made = 1;
  const sign: TokenIssuer['sign'] = async (claims, header = {}) => await signWith(keys[0], claims, header);
  async function signWith(
    key: Key,
    claims: Readonly<Record<string, unknown>>,
    header: Readonly<Partial<JWTHeaderParameters>>,
  ): Promise<string> {
    const iat = Math.floor(now() / 1000);
    const issued = typeof claims['iat'] === 'number' ? claims['iat'] : iat;
    const all = {
      iss: issuer,
      aud: audience,
      client_id: clientId,
      jti: randomUUID(),
      iat,
      exp: issued + lifeS,
      ...claims,
    };
    const said = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const whole = Object.fromEntries(
      Object.entries({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header }).filter(
        ([, value]) => value !== undefined,
      ),
    ) as JWTHeaderParameters; // `alg` is always there: it is the first of the spread.
    return await new SignJWT(said).setProtectedHeader(whole).sign(key.privateKey);
  }
  return {
    issuer,
    fetchJson: async (url) => {
      await Promise.resolve();
      if (down) throw new Error('the issuer is out of reach');
      if (url === `${issuer}/.well-known/openid-configuration`) return { issuer, jwks_uri: `${issuer}/jwks` };
      if (url !== `${issuer}/jwks`) return null;
      reads += 1;
      return { keys: keys.map(({ publicJwk }) => publicJwk) };
    },
    reads: () => reads,
    setDown: (isDown) => {
      down = isDown;
    },
    rotate: async ({ forgetEarlier = false } = {}) => {
      made += 1;
      keys = [await makeKey(`key-${made}`), ...(forgetEarlier ? [] : keys)];
    },
    sign,
    forge: async (claims) => await signWith(strange, claims, {}),
  };
}
