// Where the window is to go: told by the tray, a notification or a link. A link only prefills.
import { z } from 'zod';
import { resourceIdSchema } from '../catalog.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/);

export const prefillSchema = z.strictObject({
  resource: resourceIdSchema.nullable(),
  actions: z.array(name).max(16).nullable(),
  purpose: name.nullable(),
  durationMs: z.int().min(2000).multipleOf(1000).nullable(),
  /** Words of a link are from somebody else: shown as theirs until the person edits them. */
  justification: z.string().max(2000).nullable(),
});
export type Prefill = z.infer<typeof prefillSchema>;

export const routeSchema = z.discriminatedUnion('screen', [
  z.object({ screen: z.literal('access'), grantId: z.string().nullable() }),
  z.object({ screen: z.literal('form'), prefill: prefillSchema.nullable(), fromLink: z.boolean() }),
  z.object({ screen: z.literal('approvals'), requestId: z.string().nullable() }),
  z.object({ screen: z.literal('history') }),
  z.object({ screen: z.literal('settings') }),
  /** The place in Settings that says where the log goes. */
  z.object({ screen: z.literal('sinks') }),
  /** An address that a link brought, or none: the person still has to look at it and agree. */
  z.object({ screen: z.literal('connect'), url: z.string().max(200).nullable() }),
  z.object({
    screen: z.literal('oversight'),
    part: z.enum(['now', 'people', 'desktops', 'review', 'changes', 'privacy']),
  }),
]);
export type Route = z.infer<typeof routeSchema>;
