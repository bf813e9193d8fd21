// The Authorization header, read: which scheme, which token. Knows nothing of what the token says.
export type Presented = { readonly scheme: 'bearer' | 'dpop'; readonly token: string };

/** RFC 9110 section 11.4 and RFC 6750 section 2.1: one scheme, one token of these characters. */
const AUTHORIZATION = /^(bearer|dpop) +([A-Za-z0-9._~+/-]+=*)$/i;

/** Null when nothing is presented that could be an access token. */
export function readAuthorization(header: string | null): Presented | null {
  // The token itself is measured where it is verified; this only bounds the work of looking.
  if (header === null || header.length > 65_536) return null;
  const [, scheme, token] = AUTHORIZATION.exec(header.trim()) ?? [];
  if (scheme === undefined || token === undefined) return null;
  return { scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer', token };
}
