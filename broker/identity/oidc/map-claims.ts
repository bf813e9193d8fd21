// From the claims of a verified token to the facts of an account. Roles, teams and the person decide something: what is
// not of the right form refuses the token, since leaving it out could lift a guard. A name decides nothing.
import type { OidcIdentity, OidcService } from '#shared/contracts/config.ts';
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '#shared/audit/canonical.ts';
import type { PersonId, Principal } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { personId } from '#broker/identity/person-id.ts';
import type { CheckedClaims } from './check-claims.ts';
import type { TokenRefusal } from './token-refusal.ts';

/** Everything about an account that the issuer's word or the configuration decides. */
export type AccountFacts = Omit<Principal, 'subject' | 'authenticatedAtMs' | 'provenance'>;

export type Mapping = { readonly oidc: OidcIdentity; readonly hashKey: Uint8Array };
type Told = Pick<CheckedClaims, 'kind' | 'externalId' | 'clientId'> & {
  readonly payload: Readonly<Record<string, unknown>>;
};

export const UNNAMED = 'An account without a name';
const MOST_GROUPS = 256;
const LONGEST_NAME = 120;

// oxlint-disable-next-line no-control-regex -- these are what it refuses
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;
const groupSchema = z
  .string()
  .min(1)
  .max(128)
  .refine((text) => text.isWellFormed() && !CONTROLS.test(text));
const groupsSchema = z.array(groupSchema).max(MOST_GROUPS);
const personSchema = z
  .string()
  .min(1)
  .max(255)
  .refine((text) => text.isWellFormed());

export function mapClaims(told: Told, mapping: Mapping): Result<AccountFacts, TokenRefusal> {
  if (told.kind === 'person') return personFacts(told, mapping);
  const { oidc, hashKey } = mapping;
  const service = oidc.services.find(({ client }) => client === told.clientId);
  if (service === undefined) throw new Error('a token of a service that is not configured was let through');
  const { externalId } = told;
  return ok(serviceFacts(service, personId({ kind: 'service', issuer: oidc.issuer, externalId }, hashKey)));
}

/** A service's token proves which service it is; what that service may do is in the configuration alone. */
export function serviceFacts(service: OidcService, person: PersonId): AccountFacts {
  const { displayName: name, roles, teams, admin } = service;
  return { person, kind: 'service', name, roles, teams, contractor: null, zoneinfo: null, admin };
}

export function isAdmin(roles: readonly string[], { adminRoles }: Pick<OidcIdentity, 'adminRoles'>): boolean {
  return roles.some((role) => adminRoles.includes(role));
}

function personFacts({ payload, externalId }: Told, mapping: Mapping): Result<AccountFacts, TokenRefusal> {
  const { claims } = mapping.oidc;
  const person = personOf(readClaim(payload, claims.person), externalId, mapping);
  if (person === null) return err('bad_person_claim');
  const roles = groupsOf(readClaim(payload, claims.roles));
  if (roles === null) return err('bad_roles_claim');
  const teams = groupsOf(readClaim(payload, claims.teams));
  if (teams === null) return err('bad_teams_claim');
  const contractor = readClaim(payload, claims.contractor);
  return ok({
    person,
    kind: 'person',
    name: cleanName(readClaim(payload, claims.name)),
    roles,
    teams,
    contractor: typeof contractor === 'boolean' ? contractor : null,
    zoneinfo: zoneOf(readClaim(payload, claims.zoneinfo)),
    admin: isAdmin(roles, mapping.oidc),
  });
}

/** A claim by its whole name, else by the names between the dots. Only own properties: a token is not a prototype. */
export function readClaim(payload: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function personOf(claim: unknown, externalId: string, { oidc, hashKey }: Mapping): PersonId | null {
  if (claim === undefined) return personId({ kind: 'account', issuer: oidc.issuer, externalId }, hashKey);
  const parsed = personSchema.safeParse(claim);
  return parsed.success ? personId({ kind: 'person', name: parsed.data }, hashKey) : null;
}

/** Sorted and without repeats: the order in which an issuer lists groups means nothing. */
function groupsOf(claim: unknown): readonly string[] | null {
  if (claim === undefined) return [];
  const parsed = groupsSchema.safeParse(claim);
  return parsed.success ? [...new Set(parsed.data)].toSorted() : null;
}

/** Shown beside other people's buttons, so without what could move, hide or fake text around it. */
export function cleanName(claim: unknown): string {
  if (typeof claim !== 'string') return UNNAMED;
  const plain = claim
    .slice(0, 10 * LONGEST_NAME)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const short = Array.from(plain).slice(0, LONGEST_NAME).join('').trim();
  return short === '' ? UNNAMED : short;
}

function zoneOf(claim: unknown): string | null {
  if (typeof claim !== 'string' || claim.length > 64 || !/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(claim)) return null;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: claim }).resolvedOptions().timeZone === '' ? null : claim;
  } catch {
    return null;
  }
}

/** One value for all that is known of an account: keyed, since it stands in the ledger. */
export function factsHash(facts: AccountFacts, hashKey: Uint8Array): string {
  return createHmac('sha256', hashKey)
    .update(`account\n${canonicalJson({ ...facts })}`)
    .digest('hex');
}
