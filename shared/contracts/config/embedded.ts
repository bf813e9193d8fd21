// What only the configuration of an embedded broker has: its users, and a gateway for this machine alone.
import { z } from 'zod';
import { resourceIdSchema } from '../catalog.ts';
import { group, loopbackHost, port } from './words.ts';

const zoneSchema = z.string().refine((zone) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}, 'an IANA time zone such as Europe/Madrid');

const userSchema = z.strictObject({
  /** The account for good: whoever gets a leaver's name gets the leaver's requests and grants too. */
  name: group,
  displayName: z.string().min(1).max(120),
  kind: z.enum(['person', 'service']).default('person'),
  /** Users with the same person count once wherever people are counted. Absent: a person of their own. */
  person: group.optional(),
  roles: z.array(group).default([]),
  teams: z.array(group).default([]),
  contractor: z.boolean().optional(),
  zoneinfo: zoneSchema.optional(),
  admin: z.boolean().default(false),
  /** Resources whose tokens a service may introspect. */
  audiences: z.array(resourceIdSchema).default([]),
});

const usersSchema = z
  .array(userSchema)
  .min(1)
  .superRefine((users, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of users.entries()) {
      if (seen.has(name)) context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is given to two users' });
      seen.add(name);
    }
  });

export const embeddedIdentitySchema = z.strictObject({
  users: usersSchema,
  holidays: z.array(z.iso.date()).default([]),
  /** What is said of this machine; what is not said is unknown, and unknown denies. */
  device: z
    .strictObject({
      managed: z.boolean().nullable().default(null),
      diskEncrypted: z.boolean().nullable().default(null),
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 country')
        .nullable()
        .default(null),
    })
    .default({ managed: null, diskEncrypted: null, country: null }),
});

export const embeddedGatewaySchema = z.strictObject({
  /** The embedded gateway is for this machine alone. */
  host: loopbackHost.default('127.0.0.1'),
  port,
});

export const embeddedStoreSchema = z.string().regex(/^sqlite:.+/, 'sqlite:PATH; postgres is for mode standalone');
