// The programs that the provider knows: the desktop, and every service with a secret of its own.
import type { ClientMetadata } from 'oidc-provider';
import type { ServiceAccount } from './accounts.ts';
import { SIGNATURE_ALGORITHM } from './signing-keys.ts';

/** The desktop: public, native, with PKCE. Its redirect has any port of 127.0.0.1 (RFC 8252 section 7.3). */
export const DESKTOP_CLIENT_ID = 'daypass-desktop';
/** A program that nobody told the broker about. */
export const STRANGE_CLIENT_ID = 'another-program';
export const REDIRECT_PATHS = ['/callback', '/'] as const;
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

export function nativeClient(clientId: string): ClientMetadata {
  return {
    client_id: clientId,
    client_name: 'Daypass',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token', DEVICE_GRANT],
    response_types: ['code'],
    redirect_uris: REDIRECT_PATHS.flatMap((path) => [`http://127.0.0.1${path}`, `http://[::1]${path}`]),
    id_token_signed_response_alg: SIGNATURE_ALGORITHM,
  };
}

export function serviceClient({ clientId, clientSecret, name }: ServiceAccount): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: name,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    id_token_signed_response_alg: SIGNATURE_ALGORITHM,
  };
}
