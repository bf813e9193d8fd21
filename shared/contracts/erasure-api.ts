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

const reachedSchema = z.array(z.object({ place: z.enum(ERASURE_PLACES), rows: z.int() }));

/** What an erasure would reach now, by place. */
export const erasureReachSchema = z.object({
  person: z.string(),
  name: z.string(),
  /** The pseudonyms that stay in the ledger and stand for nobody then. */
  accounts: z.array(z.string()),
  places: reachedSchema,
  /** While one stands nothing is erased. */
  holds: z.array(legalHoldViewSchema),
});
export type ErasureReach = z.infer<typeof erasureReachSchema>;

/** One that was carried out. */
export const finishedErasureSchema = z.object({
  id: z.string(),
  at: z.string(),
  /** `after_restore`: a backup had brought them back. */
  agreedBy: z.enum(['two_people', 'self_attested', 'after_restore']),
  /** Who asked for it and who agreed, in this order. */
  people: z.array(z.string()),
  /** The pseudonyms, which stand for nobody. */
  accounts: z.array(z.string()),
  /** Places where there was something. */
  reached: reachedSchema,
  /** Access has ended, and no file of the broker has the old bytes. */
  settled: z.boolean(),
  /** Desktops that these accounts had used, and how many of them were not heard of since: those may keep something yet. */
  desktops: z.int(),
  desktopsOpen: z.int(),
});
export type FinishedErasure = z.infer<typeof finishedErasureSchema>;
/** The newest come first; more than a few hundred are not shown. */
export const finishedErasuresSchema = z.object({ erasures: z.array(finishedErasureSchema) });

export const holdBodySchema = z.strictObject({ reason: words(1000).min(1) });

/** `after`: `next` of the answer before; what is in order by then is not given again. */
export const erasuresQuerySchema = z.strictObject({ after: whole(0, Number.MAX_SAFE_INTEGER).default(0) });
export const erasuresViewSchema = z.object({
  /** Pseudonyms: whoever kept something of these accounts forgets it. */
  erased: z.array(z.string()),
  next: z.int(),
});
export type ErasuresView = z.infer<typeof erasuresViewSchema>;
