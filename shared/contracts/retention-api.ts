// What retention would prune now, and what it pruned: for administrators.
import { z } from 'zod';

const prunableSchema = z.object({
  /** What is older than this. */
  before: z.string(),
  kinds: z.array(z.object({ kind: z.string(), count: z.int() })),
  /** So many more a legal hold keeps. */
  held: z.int(),
});

/** Null: kept for ever. */
export const retentionViewSchema = z.object({
  words: prunableSchema.nullable(),
  records: prunableSchema.nullable(),
  desktopRecords: prunableSchema.nullable(),
});
export type RetentionView = z.infer<typeof retentionViewSchema>;

/** `words`: requests, and keys of words. */
export const prunedViewSchema = z.object({ words: z.int(), records: z.int(), desktopRecords: z.int() });
export type PrunedView = z.infer<typeof prunedViewSchema>;
