// Issues access to resources behind the gateway: a signed token that works only while its credential is live.
import { decodeJwt } from 'jose';
import type { LiveCredentials } from '#broker/access/live-credentials.ts';
import type { AccessTokens } from '#broker/tokens/access-tokens.ts';
import type { Issuer } from './issuer.ts';

export type JwtIssuerDeps = {
  readonly tokens: AccessTokens;
  readonly live: LiveCredentials;
  /** Asks the path that enforces, not this module's own belief. */
  readonly probe: (credentialId: string) => 'works' | 'refused';
};

/**
 * The issuer `jwt`. Who issues makes the credential live after the commit; `revoke` ends that at once, so the class
 * is `instant` where the verifier asks the broker, and `expiry_only` where it only reads keys.
 */
export function createJwtIssuer({ tokens, live, probe }: JwtIssuerDeps): Issuer {
  return {
    name: 'jwt',
    // Who only reads the public keys learns of a revoke when the token expires.
    revokeClass: ({ verifier }) => ({ kind: verifier === 'jwks' ? 'expiry_only' : 'instant' }),
    issue: async (order) => {
      const secret = await tokens.sign(order);
      const { exp } = decodeJwt(secret);
      // Whole seconds: the token may end up to a second before its grant, never after.
      if (exp === undefined || exp * 1000 > order.endsAtMs) throw new RangeError('a token would outlive its grant');
      return { kind: 'bearer_token', secret, expiresAtMs: exp * 1000 };
    },
    revoke: async (credentialId) => {
      live.remove(credentialId);
      await Promise.resolve();
    },
    probe: (credentialId) => Promise.resolve().then(() => probe(credentialId)),
  };
}
