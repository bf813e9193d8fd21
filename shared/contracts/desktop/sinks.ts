// Where a desktop's log goes besides the broker, as the window sees and sets it. A secret comes from the window only, in
// the two commands that give one, and never goes back.
import { z } from 'zod';
import { sinkNameSchema, sinkStatusSchema, sinkUrlSchema } from '../sinks.ts';

/** Of a header: what may stand in one. */
const headerValueSchema = z.string().regex(/^[!-~](?:[ -~]{0,1998}[!-~])?$/, 'printable characters in one line');

/** As Standard Webhooks has it: `whsec_` and base64 of 24 to 64 bytes. */
const webhookSecretSchema = z
  .string()
  .regex(/^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, 'whsec_ and base64')
  .refine((secret) => isWebhookKey(secret), 'base64 of 24 to 64 bytes');

/** Whether the part after `whsec_` is as long as a key may be. */
function isWebhookKey(secret: string): boolean {
  const base64 = secret.slice('whsec_'.length);
  const bytes = (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
  return bytes >= 24 && bytes <= 64;
}

/** What the form holds. The file's name is made of the sink's: the person chooses the folder in the system's own dialog. */
export const newSinkSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('otlp'),
    name: sinkNameSchema,
    url: sinkUrlSchema,
    header: z.strictObject({ name: z.string().regex(/^[A-Za-z0-9-]{1,64}$/), value: headerValueSchema }).nullable(),
  }),
  z.strictObject({ kind: z.literal('webhook'), name: sinkNameSchema, url: sinkUrlSchema, secret: webhookSecretSchema }),
  z.strictObject({ kind: z.literal('file'), name: sinkNameSchema, folder: z.string().min(1).max(900) }),
]);
export type NewSink = z.infer<typeof newSinkSchema>;

/** Another secret for a sink that has one: of a webhook's form, or the value of the header. */
export const newSecretSchema = z.strictObject({
  name: sinkNameSchema,
  secret: z.union([webhookSecretSchema, headerValueSchema]),
});

export const sinkByNameSchema = z.strictObject({ name: sinkNameSchema });

/** `sent`: it was accepted. Else why it was not, as `SinkProblem` has it. */
export const sinkTestedSchema = z.object({ result: z.enum(['accepted', 'failed']), code: z.string().nullable() });
export type SinkTested = z.infer<typeof sinkTestedSchema>;

export const sinkCardSchema = sinkStatusSchema.extend({
  /** It was given one; whether it is to be had now is in the state. */
  hasSecret: z.boolean(),
  /** It has been stuck for a while and does not get better by itself, or it refused records for good. */
  needsLook: z.boolean(),
});
export type SinkCard = z.infer<typeof sinkCardSchema>;
