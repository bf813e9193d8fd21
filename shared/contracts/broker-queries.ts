// What the lists of the broker's API may be asked for, and a dry run.
import { z } from 'zod';
import { whole } from './whole-number.ts';

/** Where the next page begins, as `next` of the page before said it. */
export const pageSchema = z.string().regex(/^\d{1,15}\.[a-z]{3}_[A-Za-z0-9_-]{22}$/);
export const listRequestsQuerySchema = z.strictObject({
  state: z
    .enum(['pending', 'approved', 'rejected', 'withdrawn', 'superseded', 'lapsed', 'denied', 'fulfilled', 'revoked'])
    .optional(),
  /** `approver`: what waits for my answer, or had it. `concerned`: emergencies of others that I am told of. */
  role: z.enum(['requester', 'approver', 'concerned']).default('requester'),
  after: pageSchema.optional(),
  limit: whole(1, 200).default(50),
});
export const listGrantsQuerySchema = z.strictObject({
  /** `revocable`: grants of anybody that the caller, as owner or admin, may revoke. */
  of: z.enum(['me', 'revocable']).default('me'),
  state: z.enum(['activating', 'active', 'revoking', 'revoke_failed', 'ended']).optional(),
  after: pageSchema.optional(),
  limit: whole(1, 200).default(50),
});
export const submitQuerySchema = z.strictObject({ dryRun: z.enum(['true', 'false']).default('false') });
