// The broker's configuration file: one YAML document, checked here. Secrets are named in it, never written.
// `mode` says which of two forms it has.
import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/time.ts';
import { approvalDefaultsSchema } from './approval-rules.ts';
import { durationSchema, secretReferenceSchema } from './catalog.ts';
import { embeddedGatewaySchema, embeddedIdentitySchema, embeddedStoreSchema } from './config/embedded.ts';
import { oidcSchema } from './config/oidc.ts';
import { standaloneFields } from './config/standalone.ts';
import { issuerSchema, path } from './config/words.ts';
import { sinksSchema } from './sinks.ts';

/** What an embedded broker has no use for. */
export const STANDALONE_ONLY: ReadonlySet<string> = new Set([
  'listen',
  'oidc',
  'publicUrl',
  'storePassword',
  'tls',
  'trustedProxies',
]);

const perMinute = z.int().min(1).max(1_000_000);

const keysSchema = z
  .strictObject({
    /** Wraps the token-signing keys in the database. */
    tokenWrapping: secretReferenceSchema,
    ledger: secretReferenceSchema,
    /** Keys that the ledger may still be signed with: the start then changes to `ledger`, and both sign that. */
    previousLedger: z.array(secretReferenceSchema).max(8).default([]),
    /** For fingerprints that must not be guessable. */
    keyedHash: secretReferenceSchema,
    /** Wraps the keys whose destruction erases a person's words. */
    erasure: secretReferenceSchema,
  })
  .superRefine((keys, context) => {
    const seen = new Map<string, string>();
    const { previousLedger, ...others } = keys;
    const named = [
      ...Object.entries(others).map(([name, reference]) => ({ name, path: [name], reference })),
      ...previousLedger.map((reference, index) => ({
        name: 'previousLedger',
        path: ['previousLedger', index],
        reference,
      })),
    ];
    for (const { name, path: where, reference } of named) {
      const twin = seen.get(reference);
      if (twin !== undefined)
        context.addIssue({ code: 'custom', path: where, message: `must be another key than ${twin}` });
      seen.set(reference, name);
    }
  });

const limitsSchema = z.strictObject({
  bodyBytes: z.int().min(1024).max(16_777_216).default(65_536),
  dryRunsPerMinute: perMinute.default(120),
  pendingPerSubject: z.int().min(1).max(10_000).default(50),
  /** Open connections of a listener of a standalone broker; each desktop keeps one. */
  connections: z.int().min(16).max(100_000).default(4096),
  /** How long a standalone broker goes on serving after it said that it is not ready any more. */
  drain: durationSchema.default(2 * SECOND_MS),
  /** How long running calls have to finish after that. */
  shutdown: durationSchema.default(20 * SECOND_MS),
  /** A request that nobody answers lapses after this. */
  requestLapse: durationSchema.default(24 * HOUR_MS),
  /** An approval that nobody collects lapses after this. */
  collectLapse: durationSchema.default(12 * HOUR_MS),
  /** An issuer that takes longer for one step counts as one that failed, so that other grants do not wait for it. */
  issuerTimeout: durationSchema.default(10 * SECOND_MS),
  /** So long without a record the ledger gets one that says so: then a silent ledger is one that is not written. */
  heartbeat: durationSchema.default(HOUR_MS),
  /** A desktop that has not been heard for so long is silent. While it runs it is heard every six hours. */
  silentAfter: durationSchema.default(8 * HOUR_MS),
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

/** How long what is kept of people is kept; a part that is absent is kept for ever. See docs/privacy.md. */
const retentionSchema = z.strictObject({
  /** The bodies of ledger records. */
  records: durationSchema.refine((ms) => ms >= 30 * DAY_MS, 'at least P30D').optional(),
  /** What people wrote, once the request that it is about is over. */
  words: durationSchema.refine((ms) => ms >= DAY_MS, 'at least P1D').optional(),
});

const common = {
  catalog: path,
  policies: path,
  keys: keysSchema,
  limits: limitsSchema.prefault({}),
  approvals: approvalDefaultsSchema.prefault({}),
  rateLimits: rateLimitsSchema.prefault({}),
  tokens: tokensSchema.prefault({}),
  retention: retentionSchema.prefault({}),
  /** Where the ledger is sent to, besides. */
  sinks: sinksSchema.default([]),
} as const;

const embeddedSchema = z.strictObject({
  mode: z.literal('embedded'),
  /** Absent: `urn:daypass:embedded:` and the thumbprint of this broker's own key. */
  issuer: issuerSchema.optional(),
  store: embeddedStoreSchema,
  identity: z.strictObject({ embedded: embeddedIdentitySchema }),
  gateway: embeddedGatewaySchema,
  ...common,
});

const standaloneSchema = z.strictObject({
  mode: z.literal('standalone'),
  /** The `iss` of its tokens. */
  issuer: issuerSchema,
  identity: z.strictObject({ oidc: oidcSchema }),
  ...standaloneFields,
  ...common,
});

export const configSchema = z.discriminatedUnion('mode', [embeddedSchema, standaloneSchema], {
  error: 'embedded or standalone',
});

/** The configuration, parsed: durations in milliseconds, defaults filled in, paths as written. */
export type Config = Readonly<z.infer<typeof configSchema>>;
export type StandaloneConfig = Extract<Config, { readonly mode: 'standalone' }>;
export type EmbeddedIdentity = Readonly<z.infer<typeof embeddedIdentitySchema>>;
export type OidcIdentity = Readonly<z.infer<typeof oidcSchema>>;
export type OidcService = Readonly<OidcIdentity['services'][number]>;
export type ConfiguredUser = Readonly<EmbeddedIdentity['users'][number]>;
/** The broker's own keys, of which there is one each. */
export type KeyName = Exclude<keyof Config['keys'], 'previousLedger'>;
