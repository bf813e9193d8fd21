// What administrators are told of the ledger's sinks.
import { z } from 'zod';
import { sinkStatusSchema } from './sinks.ts';

export const auditSinksSchema = z.object({ sinks: z.array(sinkStatusSchema) });
export type AuditSinks = z.infer<typeof auditSinksSchema>;

/** `code`: why it did not take the test; null: it did. */
export const sinkTestedSchema = z.object({ code: z.string().nullable() });
export type SinkTested = z.infer<typeof sinkTestedSchema>;

/** How many of its dead letters it took; `code`: why it took none, null where it could be reached. */
export const sinkResentSchema = z.object({ records: z.int(), code: z.string().nullable() });
export type SinkResent = z.infer<typeof sinkResentSchema>;
