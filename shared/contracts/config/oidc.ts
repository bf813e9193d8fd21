// Who the people and services of a standalone broker are: the access tokens of one OpenID provider, and what is read
// from them.
import { z } from 'zod';
import { durationSchema, resourceIdSchema } from '../catalog.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { group, hostOf, isLoopback } from './words.ts';

/** Compared byte by byte with the provider's own spelling, a closing slash included. */
const providerSchema = z
  .string()
  .max(255)
  .regex(/^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:\/[!"$->@-~]*)?$/, {
    error: 'an https URL without query, fragment and password',
  })
  .refine((url) => url.startsWith('https:') || isLoopback(hostOf(url)), {
    error: 'must be https: else anybody on the way can change its keys',
  });

/** Asymmetric only: with a shared secret everybody who can check a token can make one. */
export const OIDC_ALGORITHMS = ['EdDSA', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256'] as const;

const client = z.string().regex(/^[!-~]{1,255}$/, 'a client_id: 1 to 255 characters without spaces');
const claim = z.string().min(1).max(120);

const serviceSchema = z.strictObject({
  /** Its client_id at the provider. */
  client,
  displayName: z.string().min(1).max(120),
  roles: z.array(group).default([]),
  teams: z.array(group).default([]),
  /** Resources whose tokens it may introspect. */
  audiences: z.array(resourceIdSchema).default([]),
  /** May do what an admin may, approvals of people excepted. */
  admin: z.boolean().default(false),
  /** May say which people exist and who is disabled (SCIM). */
  provisioning: z.boolean().default(false),
});

/** Which claim of the access token says what. A claim that a token does not have says nothing, and unknown denies. */
const claimsSchema = z.strictObject({
  name: claim.default('name'),
  roles: claim.default('roles'),
  teams: claim.default('teams'),
  /** Accounts with the same value are one human, wherever people are counted. */
  person: claim.default('person'),
  contractor: claim.default('contractor'),
  zoneinfo: claim.default('zoneinfo'),
});

const oidcFieldsSchema = z.strictObject({
  issuer: providerSchema,
  /** The `aud` that a token for this broker has. */
  audience: z.string().min(1).max(255),
  /** What else a token may be for. A token for anything further is refused: its other readers could use it here. */
  otherAudiences: z.array(z.string().min(1).max(255)).default([]),
  /** Clients whose tokens are those of people. A service's own client is allowed by standing under `services`. */
  clients: z.array(client).min(1),
  /** What desktops are told before anybody signs in; none of it is a secret. */
  desktop: z.strictObject({
    client,
    scopes: z
      .array(z.string().regex(/^[!#-[\]-~]{1,120}$/, 'a scope'))
      .min(1)
      .default(['openid', 'offline_access', 'profile']),
  }),
  services: z.array(serviceSchema).default([]),
  algorithms: z.array(z.enum(OIDC_ALGORITHMS)).min(1).default(['EdDSA', 'ES256', 'PS256', 'RS256']),
  /** `any`: for providers that give access tokens no type of their own (RFC 9068). ID tokens are refused all the same. */
  tokenType: z.enum(['at+jwt', 'any']).default('at+jwt'),
  /** A token with a longer life is refused: nobody could take it back. */
  maxTokenLife: durationSchema.default(HOUR_MS),
  /** How far the provider's clock may be from ours. */
  clockTolerance: durationSchema.default(10 * SECOND_MS).refine((ms) => ms <= MINUTE_MS, 'at most a minute'),
  claims: claimsSchema.prefault({}),
  /** Who has one of these roles is an admin. An empty list means nobody. */
  adminRoles: z.array(group).default([]),
  /** How long ago a person may have signed in to approve what is confidential or above. */
  freshSignIn: durationSchema.default(5 * MINUTE_MS),
  /** A person from whom no fresh token came for this long loses their grants. null: somebody else says who left. */
  reproveWithin: durationSchema.nullable().default(15 * MINUTE_MS),
  /** Who was not seen for so long is not asked to approve. */
  approversSeenWithin: durationSchema.default(90 * DAY_MS),
  /** Days on which policies see `holiday`. */
  holidays: z.array(z.iso.date()).default([]),
});

export const oidcSchema = oidcFieldsSchema.superRefine((oidc, context) => {
  const issue = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
  if (!oidc.clients.includes(oidc.desktop.client)) issue(['desktop', 'client'], 'is not one of clients');
  const seen = new Set(oidc.clients);
  if (seen.size < oidc.clients.length) issue(['clients'], 'names a client twice');
  for (const [index, service] of oidc.services.entries()) {
    if (seen.has(service.client))
      issue(['services', index, 'client'], 'is the client of people, or of another service');
    seen.add(service.client);
  }
  if (oidc.reproveWithin === null && !oidc.services.some(({ provisioning }) => provisioning))
    issue(['reproveWithin'], 'may be null only when a service with provisioning says who left');
});
