// Bodies and answers of the oversight routes: who there is, what was had, what was unusual, and what needs two people.
import { z } from 'zod';
import { idSchema } from './broker-api.ts';
import { pageSchema } from './broker-queries.ts';
import { resourceIdSchema, SENSITIVITIES } from './catalog.ts';
import { deviationSchema } from './desktop/oversight.ts';
import { whole } from './whole-number.ts';
import { words } from './words.ts';

const instant = z.iso.datetime({ offset: true });
/** The opaque id of a human, as the broker gave it. */
const personSchema = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/);
const reasonBody = z.strictObject({ reason: words(1000).min(1) });

export const endPersonBodySchema = reasonBody;
/** `failed`: stopped at once, but its end is not on record or not confirmed yet; it is tried again for ever. */
export const endedPersonSchema = z.object({ ended: z.int(), failed: z.int(), requests: z.int() });
export type EndedPerson = z.infer<typeof endedPersonSchema>;

export const personViewSchema = z.object({
  person: z.string(),
  name: z.string(),
  accounts: z.int(),
  lastSeenAt: z.string().nullable(),
  disabled: z.boolean(),
  activeGrants: z.int(),
});
export type PersonView = z.infer<typeof personViewSchema>;
export const peopleViewSchema = z.object({ people: z.array(personViewSchema) });

const flag = z.enum(['true', 'false']).default('false');

/** Access that overlaps `from` to `to`, newest start first. */
export const reportQuerySchema = z.strictObject({
  from: instant,
  to: instant,
  resource: resourceIdSchema.optional(),
  person: personSchema.optional(),
  /** Only access with a finding that nobody answered. */
  onlyOpen: flag,
  after: pageSchema.optional(),
  limit: whole(1, 200).default(50),
});
export type ReportQuery = z.output<typeof reportQuerySchema>;

export const findingAnswerSchema = z.enum(['cleared', 'follow_up']);
export type FindingAnswer = z.infer<typeof findingAnswerSchema>;

export const findingViewSchema = z.object({
  id: z.string(),
  grantId: z.string(),
  deviation: deviationSchema,
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  raisedAt: z.string(),
  answer: z.enum(['open', 'cleared', 'follow_up']),
  answeredBy: z.string().nullable(),
  answeredAt: z.string().nullable(),
  note: z.string().nullable(),
  /** Whether the caller may answer it: an owner or admin, never about their own access, nor about what they approved. */
  mine: z.boolean(),
});
export type FindingView = z.infer<typeof findingViewSchema>;

export const answerFindingBodySchema = z.strictObject({ answer: findingAnswerSchema, note: words(1000).default('') });

export const reportedAccessSchema = z.object({
  grantId: z.string(),
  requestId: z.string(),
  state: z.enum(['activating', 'active', 'revoking', 'revoke_failed', 'ended']),
  holder: z.object({ name: z.string(), person: z.string(), me: z.boolean() }),
  resource: z.object({
    id: z.string(),
    name: z.string(),
    sensitivity: z.enum(SENSITIVITIES).nullable(),
    tags: z.array(z.string()),
  }),
  actions: z.array(z.string()),
  purpose: z.string(),
  /** Empty when there was none, or when it was erased. */
  justification: z.string(),
  approvedBy: z.array(z.object({ name: z.string(), at: z.string() })),
  selfConfirmed: z.boolean(),
  breakGlass: z.boolean(),
  startsAt: z.string(),
  /** When it was to end, and when it did (null: it runs, or its end is not confirmed). */
  plannedEnd: z.string(),
  endedAt: z.string().nullable(),
  endReason: z.string().nullable(),
  extends: z.string().nullable(),
  /** What went through the gateway. A resource with another verifier leaves none. */
  uses: z.object({ count: z.int(), bytesOut: z.number(), lastAt: z.string().nullable() }),
  findings: z.array(findingViewSchema),
});
export type ReportedAccess = z.infer<typeof reportedAccessSchema>;

export const accessReportSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** `asserted`: an embedded broker attests itself. */
  facts: z.enum(['verified', 'asserted']),
  accesses: z.array(reportedAccessSchema),
  /** Findings without an answer in the same window and filter. */
  openFindings: z.int(),
  next: z.string().nullable(),
});
export type AccessReport = z.infer<typeof accessReportSchema>;

export const heldChangeViewSchema = z.object({
  id: z.string(),
  kind: z.enum(['sensitivity_downgrade', 'break_glass_policy', 'erasure', 'hold_release']),
  state: z.enum(['waiting', 'agreed', 'applied', 'rejected']),
  lines: z.array(z.string()),
  /** Whose data it is about; null: it is about the configuration. */
  person: z.string().nullable(),
  /** SHA-256 (hex) of exactly what would come into force. */
  contentHash: z.string(),
  proposedBy: z.string(),
  proposedAt: z.string(),
  /** Whether the caller's answer would count: not twice, under any account, nor about their own words. */
  mine: z.boolean(),
  /** Whether the caller agreed to it: they may take that back, which ends it. */
  yours: z.boolean(),
  agreed: z.array(z.string()),
  needed: z.int(),
});
export type HeldChangeView = z.infer<typeof heldChangeViewSchema>;
export const heldChangesViewSchema = z.object({ changes: z.array(heldChangeViewSchema) });

export const answerChangeBodySchema = z.strictObject({ agree: z.boolean(), reason: words(1000).default('') });
/** `waiting`: one more person is needed. `agreed`: in force as soon as a broker reads exactly these files. */
export const answeredChangeSchema = z.object({
  id: idSchema,
  state: z.enum(['waiting', 'agreed', 'applied', 'rejected']),
});
export type AnsweredChange = z.infer<typeof answeredChangeSchema>;

export const erasePersonBodySchema = reasonBody;

const diffSchema = z.object({
  part: z.enum(['catalog', 'policies']),
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(z.string()),
});
/** `held`: the old stays until two people agreed to the change that is named. */
export const reloadedSchema = z.object({
  state: z.enum(['in_force', 'held']),
  diffs: z.array(diffSchema),
  held: heldChangeViewSchema.nullable(),
});
export type Reloaded = z.infer<typeof reloadedSchema>;
