// What retention would prune now, and what it pruned: for administrators.
import { z } from 'zod';

const prunableSchema = z.object({
  /** What is older than this. */
  before: z.string(),
  kinds: z.array(z.object({ kind: z.string(), count: z.int() })),
  /** So many more a legal hold keeps. */
  held: z.int(),
});

/**
 * Why nothing is pruned now. `unlisted_hold`: a legal hold is on somebody whom nobody lists any more. `doubtful_clock`:
 * the ledger has no records of a day ago, nor of the week before that.
 */
const waitsSchema = z.enum(['unlisted_hold', 'doubtful_clock']).nullable();

/** Null: kept for ever. */
export const retentionViewSchema = z.object({
  words: prunableSchema.nullable(),
  records: prunableSchema.nullable(),
  desktopRecords: prunableSchema.nullable(),
  waits: waitsSchema,
});
export type RetentionView = z.infer<typeof retentionViewSchema>;

/** `words`: requests, and keys of words. */
export const prunedViewSchema = z.object({
  words: z.int(),
  records: z.int(),
  desktopRecords: z.int(),
  waits: waitsSchema,
});
export type PrunedView = z.infer<typeof prunedViewSchema>;
