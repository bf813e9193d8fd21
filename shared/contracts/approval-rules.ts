// How approvers are reminded and more of them asked, as the configuration says it for all resources that say nothing.
import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../domain/time.ts';
import { durationSchema, groupsSchema, remindersSchema } from './catalog.ts';

export const approvalDefaultsSchema = z.strictObject({
  cooldown: durationSchema.default(HOUR_MS),
  remindAfter: remindersSchema.default([15 * MINUTE_MS, HOUR_MS]),
  escalateAfter: durationSchema.default(2 * HOUR_MS),
  escalateTo: groupsSchema.default([]),
  /** How often a requester may remind the approvers of one request. */
  nudgeEvery: durationSchema.default(HOUR_MS),
});
export type ApprovalDefaults = Readonly<z.infer<typeof approvalDefaultsSchema>>;
