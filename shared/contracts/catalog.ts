// The catalog file: what can be asked for, how sensitive it is, who owns it, and what opens it. YAML, checked here.
import { z } from 'zod';
import { actionsOf, durationSchema, name, secretReferenceSchema } from './catalog-words.ts';
import { databaseActionsSchema, databaseSchema, type Database } from './database.ts';

export const SENSITIVITIES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export const resourceIdSchema = z
  .string()
  .regex(/^(?:dataset|model):[a-z0-9][a-z0-9._-]{0,62}$/, 'dataset:NAME or model:NAME in lower case');

export { durationSchema, secretReferenceSchema } from './catalog-words.ts';

const actionRuleSchema = z.strictObject({
  methods: z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])).min(1),
  /** URLPattern pathnames, matched against the path below the resource's own prefix: `/files/:name`, `/v1/*`. */
  paths: z.array(z.string().startsWith('/')).min(1),
});

const actionsSchema = actionsOf(z.array(actionRuleSchema).min(1));

const folderUpstreamSchema = z.strictObject({
  kind: z.literal('folder'),
  /** Relative to the catalog file. */
  path: z.string().min(1),
});

const httpUpstreamSchema = z.strictObject({
  kind: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }),
  /** Header that carries the upstream's own secret; the caller's token never reaches it. */
  secret: z
    .strictObject({
      header: z
        .string()
        .regex(/^[A-Za-z0-9-]+$/)
        .default('authorization'),
      /** Put before the secret, as `Bearer `. */
      prefix: z.string().default('Bearer '),
      from: secretReferenceSchema,
    })
    .optional(),
  /** Loopback and private addresses are refused unless the catalog says that the upstream lives there. */
  privateNetwork: z.boolean().default(false),
  requestHeaders: z.array(z.string()).default([]),
  responseHeaders: z.array(z.string()).default([]),
});

/** Names of groups: teams or roles of people. */
export const groupsSchema = z.array(name).max(20);

/** Times after the request, each later than the one before. */
export const remindersSchema = z
  .array(durationSchema)
  .max(5)
  .refine((times) => times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)), {
    message: 'each later than the one before',
  });

/** What differs from the configuration's `approvals` for this resource. */
export const approvalRulesSchema = z.strictObject({
  /** After a rejection the same is not asked again for so long. */
  cooldown: durationSchema.optional(),
  /** When approvers who have not answered are reminded, counted from the request. */
  remindAfter: remindersSchema.optional(),
  /** When the groups of `escalateTo` are asked as well, counted from the request. */
  escalateAfter: durationSchema.optional(),
  /** Held back until then, owners apart. Policy still says which of them may approve, and how many it takes. */
  escalateTo: groupsSchema.optional(),
});

/** Emergency access without people. Policies with `@breakGlass` must permit it too; without this entry nobody has it. */
export const breakGlassSchema = z.strictObject({
  /** Who may: an empty list is nobody. */
  to: groupsSchema,
  maxDuration: durationSchema.default(30 * 60_000),
  /** After an emergency access ended, the same person has none here for so long. */
  rest: durationSchema.default(4 * 3_600_000),
});

const commonFields = {
  id: resourceIdSchema,
  name: z.string().min(1).max(120),
  description: z.string().max(2000).default(''),
  licence: z.string().max(200).optional(),
  sensitivity: z.enum(SENSITIVITIES),
  tags: z.array(name).default([]),
  /** Groups (teams) that own the resource. */
  owners: z.array(name).min(1),
  collections: z.array(name).default([]),
  /** Country that the data must not leave, as ISO 3166-1 alpha-2. */
  residency: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  maxDuration: durationSchema,
  /** Points before the end at which the holder is warned. */
  warnBefore: z.array(durationSchema).default([10 * 60_000, 2 * 60_000]),
  approvals: approvalRulesSchema.optional(),
  breakGlass: breakGlassSchema.optional(),
} as const;

/** Behind the gateway, opened by a token. */
const gatewayResourceSchema = z.strictObject({
  ...commonFields,
  issuer: z.literal('jwt').optional(),
  personalColumns: z.array(z.string().min(1)).default([]),
  actions: actionsSchema,
  /** Who checks the token: this gateway, a server that asks `/oauth/introspect`, or one that only reads the keys. */
  verifier: z.enum(['gateway', 'introspection', 'jwks']).default('gateway'),
  upstream: z.discriminatedUnion('kind', [folderUpstreamSchema, httpUpstreamSchema], { error: 'kind: folder or http' }),
  /** Bytes that one grant may receive through the gateway; an extension counts anew. Absent: no limit. */
  quotaBytes: z.int().positive().optional(),
});

/** A database that people log in to by themselves: nothing of it passes the gateway, so nothing is masked or counted. */
const databaseResourceSchema = z.strictObject({
  ...commonFields,
  issuer: z.literal('postgres'),
  actions: databaseActionsSchema,
  database: databaseSchema,
});

type GatewayFields = z.output<typeof gatewayResourceSchema>;
type CommonResource = Omit<GatewayFields, 'issuer' | 'upstream'>;

/** One catalog entry, parsed: durations in milliseconds, defaults filled in. `database` is of issuer `postgres` only. */
export type Resource = Readonly<
  CommonResource & {
    readonly issuer: 'jwt' | 'postgres';
    readonly upstream: Upstream | null;
    readonly database: Database | null;
  }
>;

export const resourceSchema = z
  .discriminatedUnion('issuer', [gatewayResourceSchema, databaseResourceSchema], { error: 'jwt or postgres' })
  .transform((entry): Resource => {
    if (entry.issuer !== 'postgres') return { ...entry, issuer: 'jwt', database: null };
    const { actions, database, ...common } = entry;
    return {
      ...common,
      personalColumns: [],
      verifier: 'gateway',
      // The gateway lets none of them through.
      actions: Object.fromEntries(Object.keys(actions).map((action) => [action, []])),
      upstream: null,
      database: { ...database, actions },
    };
  });

export const catalogSchema = z.strictObject({
  version: z.literal(1),
  resources: z.array(resourceSchema).superRefine((resources, context) => {
    const seen = new Set<string>();
    for (const [index, resource] of resources.entries()) {
      if (seen.has(resource.id))
        context.addIssue({ code: 'custom', path: [index, 'id'], message: `${resource.id} is listed twice` });
      seen.add(resource.id);
      if (resource.personalColumns.length > 0 && !resource.tags.includes('pii')) {
        context.addIssue({
          code: 'custom',
          path: [index, 'personalColumns'],
          message: 'are masked only with the tag pii',
        });
      }
    }
  }),
});

export type Upstream = z.output<typeof folderUpstreamSchema> | z.output<typeof httpUpstreamSchema>;
export type FolderUpstream = Extract<Upstream, { kind: 'folder' }>;
export type HttpUpstream = Extract<Upstream, { kind: 'http' }>;
