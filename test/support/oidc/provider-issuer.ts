// The real provider as the issuer of a world whose clock the test sets: its own discovery document and keys over HTTP, and
// tokens that its key signs at the world's time.
import { randomUUID } from 'node:crypto';
import { fetchIssuerJson } from '#broker/identity/oidc/issuer-fetch.ts';
import type { TokenIssuer } from '#test/support/token-issuer.ts';
import { signToken } from './mint-token.ts';
import type { TestProvider } from './provider.ts';
import { makeSigningKey, SIGNATURE_ALGORITHM, type SigningKey } from './signing-keys.ts';

type Options = { readonly clientId: string; readonly now: () => number };

export async function issuerOfProvider(provider: TestProvider, { clientId, now }: Options): Promise<TokenIssuer> {
  const strange = await makeSigningKey();
  let reads = 0;
  const signWith = async (key: SigningKey, ...[claims, header = {}]: Parameters<TokenIssuer['sign']>) => {
    const iat = Math.floor(now() / 1000);
    const issued = typeof claims['iat'] === 'number' ? claims['iat'] : iat;
    const { issuer: iss, audience: aud, ttlS } = provider.mint();
    const all = { iss, aud, client_id: clientId, jti: randomUUID(), iat, exp: issued + ttlS, ...claims };
    return await signToken(
      key,
      { alg: SIGNATURE_ALGORITHM, typ: 'at+jwt', kid: provider.mint().key.kid, ...header },
      all,
    );
  };
  return {
    issuer: provider.issuer,
    fetchJson: async (url) => {
      if (url.endsWith('/jwks')) reads += 1;
      return await fetchIssuerJson(url);
    },
    reads: () => reads,
    setDown: (down) => void (down ? provider.stop() : provider.start()),
    rotate: provider.rotateKeys,
    sign: async (claims, header) => await signWith(provider.mint().key, claims, header),
    forge: async (claims) => await signWith(strange, claims),
  };
}
