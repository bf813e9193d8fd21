// What anybody may know before signing in: whose tokens this broker takes, and as which client a desktop gets one.
import type { SignInView } from '#shared/contracts/broker-api.ts';
import type { Config } from '#shared/contracts/config.ts';
import { formatDuration } from '#shared/domain/time.ts';

export type SignIn = SignInView & {
  /** What proofs of possession name, and what RFC 9728 calls the resource. */
  readonly publicUrl: string;
};

/** Null for an embedded broker. `publicUrl`: where this broker is called, unless the configuration says so. */
export function signInOf(config: Config, publicUrl?: string): SignIn | null {
  if (config.mode === 'embedded') return null;
  const { issuer, audience, desktop, freshSignIn } = config.identity.oidc;
  return {
    name: config.issuer,
    issuer,
    clientId: desktop.client,
    scopes: desktop.scopes,
    audience,
    freshSignIn: formatDuration(freshSignIn),
    publicUrl: config.publicUrl ?? publicUrl ?? config.issuer,
  };
}
