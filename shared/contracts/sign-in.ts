// What anybody may know of a broker before signing in: where to go, and as which client.
import { z } from 'zod';

/** What a desktop needs before anybody has signed in. Only a standalone broker answers it. */
export const signInViewSchema = z.object({
  /** The broker's own name: the `iss` of its tokens. */
  name: z.string(),
  /** The OpenID provider, to the letter: discovery (`/.well-known/openid-configuration`) starts from it. */
  issuer: z.string(),
  clientId: z.string(),
  scopes: z.array(z.string()),
  /** Asked for as `resource` (RFC 8707), and demanded as `aud` of the access token. */
  audience: z.string(),
  /** ISO 8601: how long ago the sign-in may be where a fresh one is demanded. */
  freshSignIn: z.string(),
});
export type SignInView = z.infer<typeof signInViewSchema>;

/** RFC 9728: the same for any client. */
export const protectedResourceSchema = z.object({
  resource: z.string(),
  authorization_servers: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  bearer_methods_supported: z.array(z.literal('header')),
  dpop_signing_alg_values_supported: z.array(z.string()),
  resource_name: z.string(),
});
