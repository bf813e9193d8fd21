// The token routes for resource servers: keys, introspection (RFC 7662) and revocation (RFC 7009).
import { releaseGrant } from '#broker/access/release.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { introspect } from '#broker/tokens/introspect.ts';
import { json } from './answer.ts';
import type { Handlers } from './handler.ts';

export const tokenHandlers: Handlers<'jwks' | 'introspect' | 'revokeToken'> = {
  jwks: (deps) => ({
    kind: 'response',
    response: Response.json(deps.tokens.jwks(), {
      headers: {
        'content-type': 'application/jwk-set+json',
        // What key rotation counts on: a new key signs only after twice that time.
        'cache-control': `public, max-age=${Math.floor(deps.jwksCacheMs / SECOND_MS)}`,
        'x-content-type-options': 'nosniff',
      },
    }),
  }),
  introspect: async (deps, { principal, body }) => {
    const nowMs = deps.clock.now();
    const verified = await deps.tokens.verify(body.token, { audience: null, nowMs });
    return json(
      introspect({
        verified,
        nowMs,
        findLive: deps.live.find,
        probe: deps.probe,
        audiences: deps.directory.audiences(principal.subject),
      }),
    );
  },
  revokeToken: async (deps, { principal, body }) => {
    const nowMs = deps.clock.now();
    const verified = await deps.tokens.verify(body.token, { audience: null, nowMs });
    const live = verified.ok ? deps.live.find(verified.value.jti) : null;
    // RFC 7009, section 2.2: an unknown token, and one that is somebody else's, is answered like a revoked one.
    if (live !== null) await releaseGrant(deps, principal, live.grantId);
    return {
      kind: 'response',
      response: new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } }),
    };
  },
};
