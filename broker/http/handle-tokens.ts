// The token routes for resource servers: keys, introspection (RFC 7662) and revocation (RFC 7009).
import { endGrant } from '#broker/access/end.ts';
import { introspect } from '#broker/tokens/introspect.ts';
import { json } from './answer.ts';
import type { Handlers } from './handler.ts';

export const tokenHandlers: Handlers<'jwks' | 'introspect' | 'revokeToken'> = {
  jwks: (deps) => ({
    kind: 'response',
    response: Response.json(deps.tokens.jwks(), {
      headers: {
        'content-type': 'application/jwk-set+json',
        'cache-control': `public, max-age=${deps.jwksMaxAgeSeconds}`,
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
        audiences: deps.directory.audiences(principal.subject),
      }),
    );
  },
  revokeToken: async (deps, { principal, body }) => {
    const nowMs = deps.clock.now();
    const verified = await deps.tokens.verify(body.token, { audience: null, nowMs });
    const live = verified.ok ? deps.live.find(verified.value.jti) : null;
    // RFC 7009, section 2.2: an unknown token, and one that is somebody else's, is answered like a revoked one.
    if (live !== null && live.subject === principal.subject) {
      await endGrant(deps, { grantId: live.grantId, reason: 'released', actor: principal.subject, dueAtMs: nowMs });
    }
    return {
      kind: 'response',
      response: new Response(null, { status: 200, headers: { 'cache-control': 'no-store' } }),
    };
  },
};
