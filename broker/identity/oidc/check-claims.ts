// What the payload of an access token must say to count here (RFC 9068 section 4), in pure form: no key, no clock.
// Called for every use of a token, also of one whose signature is known to be good.
import type { OidcIdentity } from '#shared/contracts/config.ts';
import { z } from 'zod';
import type { DeviceId } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { TokenRefusal } from './token-refusal.ts';

export type TokenRules = Pick<
  OidcIdentity,
  'issuer' | 'audience' | 'otherAudiences' | 'clients' | 'maxTokenLife' | 'clockTolerance'
> & { readonly services: readonly { readonly client: string }[] };

export type CheckedClaims = {
  readonly kind: 'person' | 'service';
  /** The issuer's `sub`. */
  readonly externalId: string;
  readonly clientId: string;
  readonly issuedAtMs: EpochMs;
  readonly expiresAtMs: EpochMs;
  /** When the person signed in (`auth_time`), or null when the token does not say. */
  readonly authTimeMs: EpochMs | null;
  readonly boundTo: DeviceId | null;
};

/** 1970 to the year 5138: a larger number is no time, and would not be exact in milliseconds. */
const seconds = z.number().nonnegative().max(100_000_000_000);
const name = z.string().min(1).max(255);

const claimsSchema = z.looseObject({
  iss: z.string(),
  sub: name.refine((text) => text.isWellFormed()),
  aud: z.union([z.string(), z.array(z.string()).min(1).max(16)]),
  exp: seconds,
  iat: seconds,
  nbf: seconds.optional(),
  auth_time: seconds.optional(),
  client_id: name.optional(),
  azp: name.optional(),
  typ: z.string().optional(),
  token_use: z.string().optional(),
  cnf: z.unknown().optional(),
});
type Claims = z.infer<typeof claimsSchema>;

/** Claims that only ID tokens and logout tokens have, and words that some issuers mark them with. */
const OF_OTHER_TOKENS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];
const OTHER_TYPES = /^(?:id|refresh|offline|logout)$/i;

export function checkClaims(payload: unknown, rules: TokenRules, nowMs: EpochMs): Result<CheckedClaims, TokenRefusal> {
  const parsed = claimsSchema.safeParse(payload);
  if (!parsed.success) return err('bad_claims');
  const claims = parsed.data;
  if (isOtherToken(claims)) return err('id_token');
  if (claims.iss !== rules.issuer) return err('wrong_issuer');
  if (!isForUs(claims.aud, rules)) return err('wrong_audience');
  const late = checkTimes(claims, rules, nowMs);
  if (late !== null) return err(late);
  const client = checkClient(claims, rules);
  if (!client.ok) return client;
  const boundTo = confirmation(claims.cnf);
  if (!boundTo.ok) return boundTo;
  return ok({
    ...client.value,
    externalId: claims.sub,
    issuedAtMs: toMs(claims.iat),
    expiresAtMs: toMs(claims.exp),
    authTimeMs: claims.auth_time === undefined ? null : toMs(claims.auth_time),
    boundTo: boundTo.value,
  });
}

function isOtherToken(claims: Claims): boolean {
  if (OF_OTHER_TOKENS.some((claim) => Object.hasOwn(claims, claim))) return true;
  return [claims.typ, claims.token_use].some((word) => word !== undefined && OTHER_TYPES.test(word));
}

function isForUs(aud: Claims['aud'], { audience, otherAudiences }: TokenRules): boolean {
  const all = typeof aud === 'string' ? [aud] : aud;
  return all.includes(audience) && all.every((each) => each === audience || otherAudiences.includes(each));
}

function checkTimes(claims: Claims, rules: TokenRules, nowMs: EpochMs): TokenRefusal | null {
  const early = nowMs + rules.clockTolerance;
  if (toMs(claims.exp) <= nowMs - rules.clockTolerance) return 'expired';
  if (toMs(claims.iat) > early) return 'issued_in_the_future';
  if (claims.nbf !== undefined && toMs(claims.nbf) > early) return 'not_yet_valid';
  if (lifeMs(claims) > rules.maxTokenLife) return 'lives_too_long';
  if (lifeMs(claims) <= 0) return 'bad_claims';
  // A sign-in in the future would stay fresh for as long as one likes.
  if (claims.auth_time === undefined) return null;
  return toMs(claims.auth_time) > Math.min(early, toMs(claims.iat) + rules.clockTolerance)
    ? 'signed_in_in_the_future'
    : null;
}

function lifeMs({ exp, iat }: Claims): DurationMs {
  return toMs(exp) - toMs(iat);
}

/** RFC 9068 section 2.2: a token that a program got for itself has the program as its subject. */
function checkClient(
  { client_id, azp, sub }: Claims,
  { clients, services }: TokenRules,
): Result<Pick<CheckedClaims, 'kind' | 'clientId'>, TokenRefusal> {
  const clientId = client_id ?? azp;
  if (clientId === undefined || (azp !== undefined && azp !== clientId)) return err('unknown_client');
  if (services.some((service) => service.client === clientId))
    return sub === clientId ? ok({ kind: 'service', clientId }) : err('person_with_a_service');
  if (!clients.includes(clientId)) return err('unknown_client');
  // Also a person whose `sub` is the name of a service: whoever may choose a `sub` would be that service.
  return sub === clientId || services.some((service) => service.client === sub)
    ? err('client_is_no_person')
    : ok({ kind: 'person', clientId });
}

const confirmationSchema = z.strictObject({ jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/) });

/** RFC 7800: a binding that we cannot check must not be taken for none. */
function confirmation(cnf: unknown): Result<DeviceId | null, TokenRefusal> {
  if (cnf === undefined) return ok(null);
  const parsed = confirmationSchema.safeParse(cnf);
  return parsed.success ? ok(parsed.data.jkt) : err('bad_confirmation');
}

function toMs(atS: number): EpochMs {
  return Math.floor(atS * 1000);
}
