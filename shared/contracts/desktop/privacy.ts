// What administrators see and do about people's data: legal holds, erasures that wait or are done, and what one reaches.
// Read on demand, never pushed. Names come cleaned; times are epoch ms.
import { z } from 'zod';
import { idSchema } from '../broker-api.ts';
import { ERASURE_PLACES } from '../erasure-api.ts';
import { heldChangeSchema } from './oversight.ts';

const epochMs = z.number();
const person = z.string().max(64);
const reason = z.string().trim().min(1).max(1000);
const reachedSchema = z.array(z.object({ place: z.enum(ERASURE_PLACES), rows: z.int() }));

export const holdCardSchema = z.object({
  holdId: z.string(),
  person: z.string(),
  name: z.string(),
  reason: z.string(),
  placedBy: z.string(),
  placedAtMs: epochMs,
});
export type HoldCard = z.infer<typeof holdCardSchema>;

/** An erasure that was carried out. */
export const erasedCardSchema = z.object({
  erasureId: z.string(),
  atMs: epochMs,
  agreedBy: z.enum(['two_people', 'self_attested', 'after_restore']),
  /** Who asked, then who agreed. */
  people: z.array(z.string()),
  /** Pseudonyms that stand for nobody. */
  accounts: z.array(z.string()),
  reached: reachedSchema,
  /** False while the broker still ends access or cleans its files. */
  settled: z.boolean(),
  desktops: z.int(),
  /** Of these, how many were not heard of since. */
  desktopsOpen: z.int(),
});
export type ErasedCard = z.infer<typeof erasedCardSchema>;

export const privacySchema = z.object({
  holds: z.array(holdCardSchema),
  /** Erasures and releases of holds that wait for a second person. */
  waiting: z.array(heldChangeSchema),
  erased: z.array(erasedCardSchema),
});
export type Privacy = z.infer<typeof privacySchema>;

/** What an erasure would reach now, and which holds refuse it. */
export const reachSchema = z.object({ name: z.string(), reached: reachedSchema, holds: z.array(holdCardSchema) });
export type Reach = z.infer<typeof reachSchema>;

/** `waiting`: a second person has to agree. */
export const proposedSchema = z.object({ state: z.enum(['waiting', 'applied']) });

export const privacyArgs = {
  privacy: z.null(),
  'erasure-reach': z.strictObject({ person }),
  'place-hold': z.strictObject({ person, reason }),
  'release-hold': z.strictObject({ holdId: idSchema, reason }),
  /** `typed`: the name of the person as it is shown, typed by whoever asks. */
  'erase-person': z.strictObject({ person, typed: z.string().max(200), reason }),
} as const;
