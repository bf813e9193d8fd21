// When the broker signed a credential, as the credential itself says. Reads nothing else of it.
import type { EpochMs } from '#shared/domain/time.ts';

/** The `iat` of a JWT in epoch ms; null for anything else. The broker gave it to us just now: it is not verified here. */
export function signedAtMs(token: string): EpochMs | null {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1] ?? '', 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null || !('iat' in claims)) return null;
    // RFC 7519 allows parts of a second.
    const signedMs = typeof claims.iat === 'number' ? Math.floor(claims.iat * 1000) : Number.NaN;
    return Number.isSafeInteger(signedMs) ? signedMs : null;
  } catch {
    return null;
  }
}
