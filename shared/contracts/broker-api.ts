// Bodies and answers of the broker's API (`/v1`): the schemas that parse them, that OpenAPI shows, and their types.
import { z } from 'zod';
import { isGrantable } from '../domain/scope.ts';
import { durationSchema, resourceIdSchema, SENSITIVITIES } from './catalog.ts';
import { words } from './words.ts';

/** How long access is wanted. An approval of what no credential can say would only fail at collect. */
const accessTimeSchema = durationSchema.refine(isGrantable, 'whole seconds, at least two');
const nameSchema = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/);
const instantSchema = z.iso.datetime({ offset: true });

export const idSchema = z.string().regex(/^[a-z]{3}_[A-Za-z0-9_-]{22}$/);
export const scopeHashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** What a person asks. Durations are ISO 8601, times RFC 3339. */
export const submitBodySchema = z.strictObject({
  resource: resourceIdSchema,
  actions: z.array(nameSchema).min(1).max(16),
  /** A name such as `evaluation`: it goes into the ledger in clear, so it has no room for words about people. */
  purpose: nameSchema,
  justification: words(2000).default(''),
  ticket: words(120).min(1).optional(),
  duration: accessTimeSchema,
  startAt: instantSchema.optional(),
  endsWith: z.literal('operation').optional(),
  extends: idSchema.optional(),
  bundleId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  /** An emergency: at once and without people where policy permits it, for a short time, told to everybody concerned. */
  breakGlass: z.boolean().default(false),
});
export type SubmitBody = z.output<typeof submitBodySchema>;

export const answerBodySchema = z.strictObject({
  answer: z.enum(['approve', 'reject']),
  scopeHash: scopeHashSchema,
  reason: words(1000).optional(),
  narrowTo: z
    .strictObject({ actions: z.array(nameSchema).max(16).optional(), duration: accessTimeSchema.optional() })
    .optional(),
});
export type AnswerBody = z.output<typeof answerBodySchema>;

/** The typed confirmation of solo use: the resource's id, typed again by the requester. */
export const confirmBodySchema = z.strictObject({ scopeHash: scopeHashSchema, typed: words(200) });
export type ConfirmBody = z.output<typeof confirmBodySchema>;

/** The id that the desktop wrote down with its intent, before it asked. */
export const collectBodySchema = z.strictObject({ collectId: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/) });
export type CollectBody = z.output<typeof collectBodySchema>;

export const revokeBodySchema = z.strictObject({ reason: words(1000).min(1) });
export type RevokeBody = z.output<typeof revokeBodySchema>;

const reasonSchema = z.object({ policyId: z.string(), title: z.string(), fix: z.string().nullable() });
const neededSchema = z.object({ count: z.int(), owner: z.boolean() });

export const decisionViewSchema = z.object({
  outcome: z.enum(['approved', 'needs_approval', 'needs_confirmation', 'denied']),
  policyHash: z.string(),
  reasons: z.array(reasonSchema),
  needed: neededSchema.nullable(),
  approvers: z.array(z.object({ name: z.string(), owner: z.boolean() })),
  code: z.string().nullable(),
  missingFacts: z.array(z.string()),
  counterOffer: z.object({ duration: z.string(), outcome: z.string() }).nullable(),
  /** For the code `cooldown`: when it may be asked again, where that is known. */
  retryAt: z.string().nullable(),
  /** Whether the facts were proven, or only asserted by the owner of this machine. */
  facts: z.enum(['verified', 'asserted']),
});
export type DecisionView = z.infer<typeof decisionViewSchema>;

export const revokeClassSchema = z.object({
  kind: z.enum(['instant', 'bounded', 'expiry_only']),
  withinMs: z.number().optional(),
});

export const dryRunViewSchema = z.object({
  decision: decisionViewSchema,
  scopeHash: z.string(),
  revokeClass: revokeClassSchema,
});
export type DryRunView = z.infer<typeof dryRunViewSchema>;

export const requestViewSchema = z.object({
  id: z.string(),
  state: z.enum([
    'pending',
    'approved',
    'rejected',
    'withdrawn',
    'superseded',
    'lapsed',
    'denied',
    'fulfilled',
    'revoked',
  ]),
  closeCode: z.string().nullable(),
  /** What whoever took it back wrote. */
  closeReason: z.string().nullable(),
  requester: z.object({ name: z.string(), me: z.boolean() }),
  resource: z.object({ id: z.string(), name: z.string(), sensitivity: z.enum(SENSITIVITIES).nullable() }),
  /** As asked; `scope` is what stands after narrowing. */
  asked: z.object({ actions: z.array(z.string()), duration: z.string() }),
  scope: z.object({ actions: z.array(z.string()), duration: z.string(), startAt: z.string().nullable() }),
  scopeHash: z.string(),
  purpose: z.string(),
  justification: z.string(),
  ticket: z.string().nullable(),
  endsWith: z.literal('operation').nullable(),
  extends: z.string().nullable(),
  bundleId: z.string().nullable(),
  decision: decisionViewSchema,
  answers: z.array(
    z.object({
      name: z.string(),
      answer: z.enum(['approve', 'reject']),
      reason: z.string().nullable(),
      at: z.string(),
      /** What this approver left of it; null: everything. */
      narrowedTo: z.object({ actions: z.array(z.string()), duration: z.string() }).nullable(),
    }),
  ),
  /** Who is asked now, one entry a person; empty once nobody's answer is waited for. */
  approvers: z.array(z.object({ name: z.string(), owner: z.boolean(), answered: z.boolean() })),
  /** When its requester may remind the approvers; null for everybody else, and when nobody is waited for. */
  nudgeAt: z.string().nullable(),
  /** How often the approvers were reminded, by requester and policy. */
  reminders: z.int(),
  escalatedAt: z.string().nullable(),
  breakGlass: z.boolean(),
  selfConfirmed: z.boolean(),
  createdAt: z.string(),
  approvedAt: z.string().nullable(),
  lapsesAt: z.string().nullable(),
  grantId: z.string().nullable(),
  revokeClass: revokeClassSchema,
});
export type RequestView = z.infer<typeof requestViewSchema>;

export const grantViewSchema = z.object({
  id: z.string(),
  state: z.enum(['activating', 'active', 'revoking', 'revoke_failed', 'ended']),
  requestId: z.string(),
  holder: z.object({ name: z.string(), me: z.boolean() }),
  resource: z.object({ id: z.string(), name: z.string() }),
  actions: z.array(z.string()),
  startsAt: z.string(),
  endsAt: z.string(),
  endsWith: z.literal('operation').nullable(),
  extends: z.string().nullable(),
  endReason: z.string().nullable(),
  /** What whoever revoked it wrote. */
  endWords: z.string().nullable(),
  receipt: z.object({ revokedAt: z.string(), checkedAt: z.string(), lagMs: z.number() }).nullable(),
  policyHash: z.string(),
  /** Taken in an emergency. */
  breakGlass: z.boolean(),
  /** Told only to who may revoke it: the human who holds it, for what, and whether it is an emergency. */
  oversight: z
    .object({
      person: z.string(),
      purpose: z.string(),
      breakGlass: z.boolean(),
      /** Null when the catalog no longer has the resource. */
      sensitivity: z.enum(SENSITIVITIES).nullable(),
      tags: z.array(z.string()),
    })
    .optional(),
});
export type GrantView = z.infer<typeof grantViewSchema>;

const credentialCommon = {
  id: z.string(),
  secret: z.string(),
  expiresAt: z.string(),
  /** The resource's address at the gateway; null for what is not behind it. */
  url: z.string().nullable(),
};

/** Where a database login leads; `secret` is its password. */
export const databaseTargetSchema = z.object({
  host: z.string(),
  port: z.int(),
  database: z.string(),
  user: z.string(),
  sslmode: z.enum(['disable', 'require', 'verify-ca', 'verify-full']),
});
export type DatabaseTargetView = z.infer<typeof databaseTargetSchema>;

/** The one answer that carries a secret. Never logged, never stored by the broker. */
export const collectedViewSchema = z.object({
  grant: grantViewSchema,
  credential: z.discriminatedUnion('kind', [
    z.object({ ...credentialCommon, kind: z.literal('bearer_token') }),
    z.object({ ...credentialCommon, kind: z.literal('postgres_login'), target: databaseTargetSchema }),
  ]),
});
export type CollectedView = z.infer<typeof collectedViewSchema>;

export const meViewSchema = z.object({
  subject: z.string(),
  name: z.string(),
  kind: z.enum(['person', 'service']),
  roles: z.array(z.string()),
  teams: z.array(z.string()),
  admin: z.boolean(),
  /** Owns at least one resource of the catalog. */
  owner: z.boolean(),
  facts: z.enum(['verified', 'asserted']),
  mode: z.enum(['embedded', 'standalone']),
  /** How long bodies of records are kept here (ISO 8601), and on desktops of this broker; null: for ever. */
  recordsKept: z.string().nullable().optional(),
});
export type MeView = z.infer<typeof meViewSchema>;

export { protectedResourceSchema, signInViewSchema, type SignInView } from './sign-in.ts';

export const requestListSchema = z.object({ requests: z.array(requestViewSchema), next: z.string().nullable() });
export const grantListSchema = z.object({ grants: z.array(grantViewSchema), next: z.string().nullable() });

/** One server-sent event: that something happened and what it is about, never its content. Ids are ledger sequence numbers. */
export const brokerEventSchema = z.object({
  id: z.int().nonnegative(),
  kind: z.string(),
  at: z.string(),
  requestId: z.string().nullable(),
  grantId: z.string().nullable(),
  resource: z.string().nullable(),
});
export type BrokerEvent = Readonly<z.infer<typeof brokerEventSchema>>;

/** Enrols the key that signed the DPoP proof as a device of the caller. */
export const deviceViewSchema = z.object({ device: z.string(), enrolledAt: z.string() });
export const changedDeviceViewSchema = z.object({ device: z.string(), replaces: z.string(), changedAt: z.string() });
