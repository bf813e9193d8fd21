// The outer form of a token: three base64url parts in the only spelling that we write. Checked before any key is used.
import { err, ok, type Result } from '#shared/domain/result.ts';
import { TOKEN_ALGORITHM, TOKEN_TYPE, type TokenRefusal } from './token-claims.ts';

export type TokenForm = { readonly keyId: string; readonly payload: unknown };

/**
 * Splits a compact JWS (RFC 7515), already limited in length, and reads its header. Refuses anything but `{alg, typ, kid}` in the header, so
 * `jwk`, `jku`, `x5u`, `x5c`, `crit` and `b64` never reach a library, and any JSON that we would have written
 * differently, so that repeated members cannot mean one thing here and another elsewhere.
 */
export function readTokenForm(token: string): Result<TokenForm, TokenRefusal> {
  const parts = token.split('.');
  const [headerPart, payloadPart, signaturePart] = parts;
  if (parts.length !== 3 || headerPart === undefined || payloadPart === undefined || signaturePart === undefined) {
    return err('malformed');
  }
  const header = readJson(headerPart);
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return err('malformed');
  if (!('alg' in header) || header.alg !== TOKEN_ALGORITHM) return err('wrong_algorithm');
  if (!('typ' in header) || header.typ !== TOKEN_TYPE) return err('wrong_type');
  if (Object.keys(header).length !== 3 || !('kid' in header) || typeof header.kid !== 'string') return err('malformed');
  const payload = readJson(payloadPart);
  if (payload === undefined || decode(signaturePart) === undefined) return err('malformed');
  return ok({ keyId: header.kid, payload });
}

/** The JSON value of a part, or undefined when it is not base64url of JSON exactly as `JSON.stringify` writes it. */
function readJson(part: string): unknown {
  const written = decode(part)?.toString('utf8');
  if (written === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(written);
    return JSON.stringify(value) === written ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Node decodes leniently (padding, stray bits, foreign characters): only the canonical spelling counts. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}
