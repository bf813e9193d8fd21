// What resource servers send and get: introspection (RFC 7662), revocation (RFC 7009), and public keys (RFC 7517).
import { z } from 'zod';

/** Other parameters are ignored, as RFC 6749 wants it. */
export const tokenFormSchema = z.object({
  token: z.string().min(1).max(4096),
  token_type_hint: z.string().max(64).optional(),
});

export const introspectionSchema = z.union([
  z.object({ active: z.literal(false) }),
  z.object({
    active: z.literal(true),
    token_type: z.literal('Bearer'),
    iss: z.string(),
    sub: z.string(),
    aud: z.string(),
    client_id: z.string(),
    iat: z.int(),
    nbf: z.int(),
    exp: z.int(),
    jti: z.string(),
    grant_id: z.string(),
    authorization_details: z.array(
      z.object({ type: z.literal('daypass_access'), locations: z.array(z.string()), actions: z.array(z.string()) }),
    ),
  }),
]);

/** Public members only: a private one here would be the end of every token. */
export const jwksSchema = z.object({
  keys: z.array(
    z.object({
      kty: z.literal('OKP'),
      crv: z.literal('Ed25519'),
      x: z.string(),
      kid: z.string(),
      alg: z.string(),
      use: z.literal('sig'),
    }),
  ),
});
