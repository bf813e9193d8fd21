// Tells anybody where to sign in, the desktop's way and the standard one (RFC 9728).
import { json, refused } from './answer.ts';
import type { Handlers } from './handler.ts';

const NOBODY = refused({ code: 'not_found', detail: 'Nobody signs in at an embedded broker.' });

export const signInHandlers: Handlers<'signIn' | 'protectedResource'> = {
  signIn: ({ signIn }) => {
    if (signIn === null) return NOBODY;
    const { publicUrl: _, ...view } = signIn;
    return json(view);
  },
  protectedResource: ({ signIn }) => {
    if (signIn === null) return NOBODY;
    return json({
      resource: signIn.publicUrl,
      authorization_servers: [signIn.issuer],
      scopes_supported: signIn.scopes,
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['EdDSA', 'ES256'],
      resource_name: signIn.name,
    });
  },
};
