// What owners and administrators see and do: who has what now, what was had, and changes that need two people.
// Read on demand, never pushed. Names come cleaned; times are epoch ms.
import { z } from 'zod';
import { idSchema } from '../broker-api.ts';
import { resourceIdSchema } from '../catalog.ts';
import { resourceCardSchema } from './cards.ts';

const epochMs = z.number();
const reason = z.string().trim().min(1).max(1000);

/** One running access of somebody, that this person may end. */
export const heldAccessSchema = z.object({
  grantId: z.string(),
  holder: z.string(),
  person: z.string(),
  resource: resourceCardSchema,
  actions: z.array(z.string()),
  purpose: z.string(),
  startsAtMs: epochMs,
  endsAtMs: epochMs,
  state: z.enum(['activating', 'active', 'revoking', 'revoke_failed']),
  breakGlass: z.boolean(),
});
export type HeldAccess = z.infer<typeof heldAccessSchema>;

/** A human with all their accounts. Only administrators are shown them. */
export const personCardSchema = z.object({
  person: z.string(),
  name: z.string(),
  accounts: z.int(),
  lastSeenAtMs: epochMs.nullable(),
  disabled: z.boolean(),
  activeGrants: z.int(),
});
export type PersonCard = z.infer<typeof personCardSchema>;

export const deviationSchema = z.enum([
  'unusual_hours',
  'first_time',
  'repeated_extension',
  'denied_before',
  'unusual_volume',
  'never_used',
  'break_glass',
]);
export type Deviation = z.infer<typeof deviationSchema>;

export const findingSchema = z.object({
  findingId: z.string(),
  deviation: deviationSchema,
  /** What was seen, in numbers, for one sentence. */
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  answer: z.enum(['open', 'cleared', 'follow_up']),
  answeredBy: z.string().nullable(),
  answeredAtMs: epochMs.nullable(),
  note: z.string().nullable(),
  /** Whether this person may answer it: an owner, and never about their own access. */
  mine: z.boolean(),
});
export type Finding = z.infer<typeof findingSchema>;

export const reviewedAccessSchema = z.object({
  grantId: z.string(),
  holder: z.string(),
  /** The human behind the account: two people may have one name. */
  person: z.string(),
  resource: resourceCardSchema,
  actions: z.array(z.string()),
  purpose: z.string(),
  justification: z.string(),
  approvedBy: z.array(z.string()),
  startsAtMs: epochMs,
  /** When it was to end, and when it did (null: still running). */
  plannedEndMs: epochMs,
  endedAtMs: epochMs.nullable(),
  endReason: z.string().nullable(),
  uses: z.int(),
  bytesOut: z.number(),
  lastUsedAtMs: epochMs.nullable(),
  breakGlass: z.boolean(),
  findings: z.array(findingSchema),
});
export type ReviewedAccess = z.infer<typeof reviewedAccessSchema>;

export const reviewSchema = z.object({
  fromMs: epochMs,
  toMs: epochMs,
  accesses: z.array(reviewedAccessSchema),
  openFindings: z.int(),
  /** Where the next page begins. */
  next: z.string().nullable(),
  /** Embedded brokers attest themselves. */
  facts: z.enum(['verified', 'asserted']),
});
export type Review = z.infer<typeof reviewSchema>;

/** A change that takes effect only when a second person agreed. */
export const heldChangeSchema = z.object({
  changeId: z.string(),
  kind: z.enum(['sensitivity_downgrade', 'break_glass_policy', 'erasure', 'hold_release']),
  /** What it would change, one line each. */
  lines: z.array(z.string()),
  /** Whose data it is about; null: it is about the configuration. */
  person: z.string().nullable(),
  proposedBy: z.string(),
  proposedAtMs: epochMs,
  /** Whether this person's answer would count: not twice, under any account, nor about their own words. */
  mine: z.boolean(),
  /** Whether this person agreed to it, and may take that back. */
  yours: z.boolean(),
  agreed: z.array(z.string()),
  needed: z.int(),
});
export type HeldChange = z.infer<typeof heldChangeSchema>;

/** One computer's log at the broker, for administrators. */
export const desktopCardSchema = z.object({
  /** The name of its log: unique, and nothing to show. */
  log: z.string(),
  /** A few characters by which people tell devices apart. */
  device: z.string(),
  names: z.array(z.string()),
  records: z.int(),
  /** Null: it holds access and never sent a record. */
  heardAtMs: epochMs.nullable(),
  silentSinceMs: epochMs.nullable(),
  liveGrants: z.int(),
  /** Why its log goes on in a new part, and since when; null: it never had to. */
  reopened: z.object({ reason: z.enum(['restored', 'forked', 'new_key', 'key_changed']), atMs: epochMs }).nullable(),
  /** The computer as it is named since its key was changed; null: its key stands. */
  replacedBy: z.string().nullable(),
  /** Logs that its key signed beside the true one; null: none. */
  forks: z.object({ count: z.int(), newestAtMs: epochMs }).nullable(),
});
export type DesktopCard = z.infer<typeof desktopCardSchema>;

export const oversightArgs = {
  'who-has-what': z.null(),
  people: z.null(),
  'revoke-grant': z.strictObject({ grantId: idSchema, reason }),
  'end-person': z.strictObject({ person: z.string().max(64), reason }),
  'set-disabled': z.strictObject({ person: z.string().max(64), disabled: z.boolean(), reason }),
  review: z.strictObject({
    fromMs: epochMs,
    toMs: epochMs,
    resource: resourceIdSchema.nullable(),
    onlyOpen: z.boolean(),
    after: z.string().max(100).nullable(),
  }),
  'answer-finding': z.strictObject({
    findingId: idSchema,
    answer: z.enum(['cleared', 'follow_up']),
    note: z.string().trim().max(1000),
  }),
  changes: z.null(),
  desktops: z.null(),
  'answer-change': z.strictObject({ changeId: idSchema, agree: z.boolean(), reason: z.string().trim().max(1000) }),
} as const;
