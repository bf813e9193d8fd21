// The broker's configuration file: one YAML document, checked here. Secrets are named in it, never written.
import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/time.ts';
import { approvalDefaultsSchema } from './approval-rules.ts';
import { durationSchema, resourceIdSchema, secretReferenceSchema } from './catalog.ts';

/** What later versions will read. Ignoring one today would leave somebody thinking that it is in force. */
export const NOT_SUPPORTED_YET: ReadonlySet<string> = new Set([
  'listen',
  'oidc',
  'postgres',
  'proxies',
  'sinks',
  'tls',
  'trustedProxies',
]);

const path = z.string().min(1);
const group = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'a lower-case name');
const perMinute = z.int().min(1).max(1_000_000);

/** Becomes a part of every token, so its length is limited; compared byte by byte, so it has one spelling. */
const issuerSchema = z
  .string()
  .max(80)
  .regex(/^(?:https:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?|urn:[a-z0-9][a-z0-9-]+:[!-~]+)$/, {
    error: 'an https URL without query, fragment and closing slash, or a urn',
  });

const storeSchema = z.string().superRefine((text, context) => {
  if (/^sqlite:.+/.test(text)) return;
  const message = /^postgres(?:ql)?:/.test(text)
    ? 'postgres is not supported in this version: use sqlite:PATH'
    : 'sqlite:PATH';
  context.addIssue({ code: 'custom', message });
});

const keysSchema = z
  .strictObject({
    /** Wraps the token-signing keys in the database. */
    tokenWrapping: secretReferenceSchema,
    ledger: secretReferenceSchema,
    /** For fingerprints that must not be guessable. */
    keyedHash: secretReferenceSchema,
    /** Wraps the keys whose destruction erases a person's words. */
    erasure: secretReferenceSchema,
  })
  .superRefine((keys, context) => {
    const seen = new Map<string, string>();
    for (const [name, reference] of Object.entries(keys)) {
      const twin = seen.get(reference);
      if (twin !== undefined) {
        context.addIssue({ code: 'custom', path: [name], message: `must be another key than ${twin}` });
      }
      seen.set(reference, name);
    }
  });

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

const embeddedIdentitySchema = z.strictObject({
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

const gatewaySchema = z.strictObject({
  /** The embedded gateway is for this machine alone. */
  host: z
    .string()
    .regex(/^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/, 'a loopback address')
    .default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
});

const limitsSchema = z.strictObject({
  bodyBytes: z.int().min(1024).max(16_777_216).default(65_536),
  dryRunsPerMinute: perMinute.default(120),
  pendingPerSubject: z.int().min(1).max(10_000).default(50),
  /** A request that nobody answers lapses after this. */
  requestLapse: durationSchema.default(24 * HOUR_MS),
  /** An approval that nobody collects lapses after this. */
  collectLapse: durationSchema.default(12 * HOUR_MS),
  /** An issuer that takes longer for one step counts as one that failed, so that other grants do not wait for it. */
  issuerTimeout: durationSchema.default(10 * SECOND_MS),
});

const rateLimitsSchema = z.strictObject({
  readsPerMinute: perMinute.default(1200),
  requestsPerMinute: perMinute.default(60),
  answersPerMinute: perMinute.default(120),
  collectsPerMinute: perMinute.default(120),
  /** Batches of a desktop's log. */
  appendsPerMinute: perMinute.default(600),
});

const tokensSchema = z.strictObject({
  /** No token lives longer, and no catalog entry may allow longer: keys stay published this long after their last use. */
  maxLife: durationSchema.default(31 * DAY_MS),
  rotateEvery: durationSchema.default(90 * DAY_MS),
  /** How long resource servers may keep the JWKS; a new key is used after twice that. */
  jwksCache: durationSchema.default(5 * MINUTE_MS),
});

export const configSchema = z.strictObject({
  mode: z.enum(['embedded', 'standalone']).refine((mode) => mode === 'embedded', {
    error: 'standalone is not supported in this version: embedded',
  }),
  /** Absent: `urn:daypass:embedded:` and the thumbprint of this broker's own key. */
  issuer: issuerSchema.optional(),
  store: storeSchema,
  catalog: path,
  policies: path,
  keys: keysSchema,
  identity: z.strictObject({ embedded: embeddedIdentitySchema }),
  gateway: gatewaySchema,
  limits: limitsSchema.prefault({}),
  approvals: approvalDefaultsSchema.prefault({}),
  rateLimits: rateLimitsSchema.prefault({}),
  tokens: tokensSchema.prefault({}),
});

/** The configuration, parsed: durations in milliseconds, defaults filled in, paths as written. */
export type Config = Readonly<z.infer<typeof configSchema>>;
export type ConfiguredUser = Readonly<Config['identity']['embedded']['users'][number]>;
export type KeyName = keyof Config['keys'];
