// The catalog file: what can be asked for, how sensitive it is, who owns it, and what opens it. YAML, checked here.
import { z } from 'zod';
import { parseDuration } from '../domain/time.ts';

export const SENSITIVITIES = ['public', 'internal', 'confidential', 'restricted'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

export const resourceIdSchema = z
  .string()
  .regex(/^(?:dataset|model):[a-z0-9][a-z0-9._-]{0,62}$/, 'dataset:NAME or model:NAME in lower case');

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'a lower-case name');

export const durationSchema = z.string().transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  context.addIssue({ code: 'custom', message: 'an ISO 8601 duration such as PT30M or P1D, longer than nothing' });
  return z.NEVER;
});

/** A secret is named, never written: `file:PATH`, `env:NAME` or `keychain:NAME`. */
export const secretReferenceSchema = z
  .string()
  .regex(/^(?:file:.+|env:[A-Z_][A-Z0-9_]*|keychain:.+)$/, 'a reference: file:PATH, env:NAME or keychain:NAME');

const actionRuleSchema = z.strictObject({
  methods: z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])).min(1),
  /** URLPattern pathnames, matched against the path below the resource's own prefix: `/files/:name`, `/v1/*`. */
  paths: z.array(z.string().startsWith('/')).min(1),
});

/** A token names all its actions, and a token's length is limited. */
const MAX_ACTION_CHARACTERS = 125;

const actionsSchema = z
  .record(name, z.array(actionRuleSchema).min(1))
  .refine((actions) => Object.keys(actions).length > 0, { message: 'at least one action' })
  .refine((actions) => JSON.stringify(Object.keys(actions)).length <= MAX_ACTION_CHARACTERS, {
    message: `the names of all actions together must fit into ${MAX_ACTION_CHARACTERS} characters of JSON`,
  });

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

export const resourceSchema = z.strictObject({
  id: resourceIdSchema,
  name: z.string().min(1).max(120),
  description: z.string().max(2000).default(''),
  licence: z.string().max(200).optional(),
  sensitivity: z.enum(SENSITIVITIES),
  tags: z.array(name).default([]),
  personalColumns: z.array(z.string().min(1)).default([]),
  /** Groups (teams) that own the resource. */
  owners: z.array(name).min(1),
  collections: z.array(name).default([]),
  /** Country that the data must not leave, as ISO 3166-1 alpha-2. */
  residency: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  actions: actionsSchema,
  maxDuration: durationSchema,
  /** Points before the end at which the holder is warned. */
  warnBefore: z.array(durationSchema).default([10 * 60_000, 2 * 60_000]),
  issuer: z.literal('jwt').default('jwt'),
  /** Who checks the token: this gateway, a server that asks `/oauth/introspect`, or one that only reads the keys. */
  verifier: z.enum(['gateway', 'introspection', 'jwks']).default('gateway'),
  upstream: z.discriminatedUnion('kind', [folderUpstreamSchema, httpUpstreamSchema], { error: 'kind: folder or http' }),
  approvals: approvalRulesSchema.optional(),
  breakGlass: breakGlassSchema.optional(),
  /** Bytes that one grant may receive through the gateway; an extension counts anew. Absent: no limit. */
  quotaBytes: z.int().positive().optional(),
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

/** One catalog entry, parsed: durations in milliseconds, defaults filled in. */
export type Resource = Readonly<z.infer<typeof resourceSchema>>;
export type Upstream = Resource['upstream'];
export type FolderUpstream = Extract<Upstream, { kind: 'folder' }>;
export type HttpUpstream = Extract<Upstream, { kind: 'http' }>;
