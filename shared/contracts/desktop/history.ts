// What the History screen shows: spans of access to look at, and the facts behind them, newest first.
import { z } from 'zod';
import { resourceCardSchema } from './cards.ts';
import { verificationSchema } from './state.ts';

export const historySpanSchema = z.object({
  grantId: z.string(),
  resource: resourceCardSchema,
  startsAtMs: z.number(),
  /** When it really ended, or will end. */
  endsAtMs: z.number(),
  live: z.boolean(),
  /** Null while it lives; else expired, released, revoked, replaced, … */
  endReason: z.string().nullable(),
});

export const historyFactSchema = z.object({
  id: z.string(),
  atMs: z.number(),
  /** The record's kind, as the log names it. */
  kind: z.string(),
  outcome: z.enum(['success', 'failure']),
  resource: z.string().nullable(),
  grantId: z.string().nullable(),
  /** What the words of a row need, by name; no secrets, cleaned of control and bidi characters. */
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type HistoryFact = z.infer<typeof historyFactSchema>;

export const historyArgsSchema = z.strictObject({
  fromMs: z.number().min(0),
  toMs: z.number().min(0),
  limit: z.int().min(1).max(500).default(200),
});

export const historySchema = z.object({
  fromMs: z.number(),
  toMs: z.number(),
  spans: z.array(historySpanSchema),
  facts: z.array(historyFactSchema),
  /** More facts lie before the oldest of these. */
  more: z.boolean(),
  verification: verificationSchema,
});
export type History = z.infer<typeof historySchema>;
