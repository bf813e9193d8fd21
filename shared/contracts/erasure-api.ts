// Bodies and answers of erasure and of legal holds: what an erasure reaches, who was erased, whose data is held.
import { z } from 'zod';
import { whole } from './whole-number.ts';
import { words } from './words.ts';

/** Where the broker's database keeps what somebody is called or wrote; docs/privacy.md says what each is. */
export const ERASURE_PLACES = [
  'ledger_words',
  'requests',
  'asked_approvers',
  'approvals',
  'ends',
  'findings',
  'repeats',
  'devices',
  'directory',
  'accounts',
  'pseudonyms',
  'holds',
] as const;
export type ErasurePlace = (typeof ERASURE_PLACES)[number];

export const legalHoldViewSchema = z.object({
  id: z.string(),
  person: z.string(),
  name: z.string(),
  /** For administrators alone. */
  reason: z.string(),
  placedBy: z.string(),
  placedAt: z.string(),
});
export type LegalHoldView = z.infer<typeof legalHoldViewSchema>;
export const legalHoldsViewSchema = z.object({ holds: z.array(legalHoldViewSchema) });

/** What an erasure would reach now, by place. */
export const erasureReachSchema = z.object({
  person: z.string(),
  name: z.string(),
  /** The pseudonyms that stay in the ledger and stand for nobody then. */
  accounts: z.array(z.string()),
  places: z.array(z.object({ place: z.enum(ERASURE_PLACES), rows: z.int() })),
  /** While one stands nothing is erased. */
  holds: z.array(legalHoldViewSchema),
});
export type ErasureReach = z.infer<typeof erasureReachSchema>;

export const holdBodySchema = z.strictObject({ reason: words(1000).min(1) });

/** `after`: `next` of the answer before; what is in order by then is not given again. */
export const erasuresQuerySchema = z.strictObject({ after: whole(0, Number.MAX_SAFE_INTEGER).default(0) });
export const erasuresViewSchema = z.object({
  /** Pseudonyms: whoever kept something of these accounts forgets it. */
  erased: z.array(z.string()),
  next: z.int(),
});
export type ErasuresView = z.infer<typeof erasuresViewSchema>;
