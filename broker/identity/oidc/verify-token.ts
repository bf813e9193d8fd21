// Verifies an access token of the configured issuer (RFC 9068): form, type, algorithm, key, signature, then its claims.
// The token itself goes into no log, no error and no memory; verified ones are known by their hash.
import type { OidcIdentity } from '#shared/contracts/config.ts';
import { createHash } from 'node:crypto';
import { compactVerify, decodeProtectedHeader, errors, type JWSHeaderParameters } from 'jose';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { Clock } from '#shared/domain/time.ts';
import { checkClaims, type CheckedClaims } from './check-claims.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { Presented } from './read-authorization.ts';
import type { TokenRefusal } from './token-refusal.ts';

export type VerifiedToken = CheckedClaims & {
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  /** The whole payload, to be read by claim names of the configuration. */
  readonly payload: Readonly<Record<string, unknown>>;
};

export type NotVerified = TokenRefusal | 'issuer_unreachable';
export type VerifyToken = (presented: Presented) => Promise<Result<VerifiedToken, NotVerified>>;

/** Roles of a large organisation fit; what is larger costs us more than it costs the caller. */
export const MAX_TOKEN_CHARACTERS = 16_384;
const REMEMBERED_AT_MOST = 2000;

type Payload = Readonly<Record<string, unknown>>;
type Signed = { readonly payload: Payload; readonly generation: number };
type Options = { readonly oidc: OidcIdentity; readonly keys: IssuerKeys; readonly clock: Clock };

export function createTokenVerifier({ oidc, keys, clock }: Options): VerifyToken {
  const remembered = new Map<string, Signed>();
  const signedPayload = async (token: string, hash: string): Promise<Result<Payload, NotVerified>> => {
    // Also for a known token: keys that are too old to trust vouch for nobody.
    if (!(await keys.areKnown())) return err('issuer_unreachable');
    const known = remembered.get(hash);
    if (known?.generation === keys.generation()) return ok(known.payload);
    const payload = await verifySignature(token, oidc, keys);
    if (!payload.ok) return payload;
    remembered.delete(hash);
    remembered.set(hash, { payload: payload.value, generation: keys.generation() });
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED_AT_MOST && oldest !== undefined) remembered.delete(oldest);
    return payload;
  };
  return async ({ scheme, token }) => {
    if (token.length > MAX_TOKEN_CHARACTERS) return err('too_large');
    const hash = createHash('sha256').update(token).digest('base64url');
    const payload = await signedPayload(token, hash);
    if (!payload.ok) return payload;
    const claims = checkClaims(payload.value, oidc, clock.now());
    if (!claims.ok) return claims;
    const { boundTo } = claims.value;
    // RFC 9449 section 7.2: a bound token that is taken as a bearer token is not bound.
    if (boundTo !== null && scheme === 'bearer') return err('bound_but_sent_as_bearer');
    if (boundTo === null && scheme === 'dpop') return err('not_bound_but_sent_as_dpop');
    return ok({ ...claims.value, hash, payload: payload.value });
  };
}

async function verifySignature(
  token: string,
  oidc: OidcIdentity,
  keys: IssuerKeys,
): Promise<Result<Payload, NotVerified>> {
  const header = readHeader(token);
  if (header === null) return err('malformed');
  const refusal = checkHeader(header, oidc);
  if (refusal !== null) return err(refusal);
  const key = await keys.find(header);
  if (!key.ok) return key;
  try {
    const { payload } = await compactVerify(token, key.value, { algorithms: [...oidc.algorithms] });
    return readPayload(payload);
  } catch (error) {
    if (error instanceof errors.JOSEError) return err('bad_signature');
    // jose's word for a key that does not fit the algorithm, such as an RSA key that is too short.
    if (error instanceof TypeError) return err('unknown_key');
    throw error;
  }
}

function readHeader(token: string): JWSHeaderParameters | null {
  if (token.split('.').length !== 3) return null;
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}

/** The key comes from the issuer's documents and from nowhere else, so a header that offers one is hostile. */
const OFFERS = ['jwk', 'jku', 'x5u', 'x5c'];

function checkHeader(header: JWSHeaderParameters, { algorithms, tokenType }: OidcIdentity): TokenRefusal | null {
  const { alg, typ } = header;
  if (typeof alg !== 'string' || !algorithms.some((allowed) => allowed === alg)) return 'wrong_algorithm';
  if (header.crit !== undefined || header.b64 !== undefined) return 'critical_header';
  if (OFFERS.some((name) => Object.hasOwn(header, name))) return 'brings_its_key';
  const type = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  if (tokenType === 'at+jwt') return type === 'at+jwt' ? null : 'wrong_type';
  // Proofs, logout tokens and client assertions have types of their own.
  return ['', 'jwt', 'at+jwt'].includes(type) ? null : 'wrong_type';
}

function readPayload(bytes: Uint8Array): Result<Payload, NotVerified> {
  try {
    const payload: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return err('malformed');
    return ok(payload as Payload);
  } catch {
    return err('malformed');
  }
}
