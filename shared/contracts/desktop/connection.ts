// Which broker this desktop uses, and how the person stands there: signed in, signing in, or not.
import { z } from 'zod';
import { BROKER_URL } from './broker-url.ts';

const epochMs = z.number();

/** `never`: not yet. `expired`: the sign-in ran out; what waits at the broker is kept. `refused`: the account may not use this broker. */
export const signInStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('signed_out'), why: z.enum(['never', 'signed_out', 'expired', 'refused']) }),
  /** The system browser shows the organisation's page; `fresh` when the person is signed in and proves it again. */
  z.object({ kind: z.literal('in_browser'), sinceMs: epochMs, fresh: z.boolean() }),
  z.object({
    kind: z.literal('device_code'),
    userCode: z.string(),
    verificationUrl: z.string(),
    expiresAtMs: epochMs,
    fresh: z.boolean(),
  }),
  z.object({ kind: z.literal('signed_in'), name: z.string(), freshUntilMs: epochMs.nullable() }),
  z.object({ kind: z.literal('failed'), code: z.string() }),
]);
export type SignInState = z.infer<typeof signInStateSchema>;

export const connectionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({
    kind: z.literal('team'),
    /** Base URL of the broker. */
    url: z.string(),
    /** Host name of the organisation's sign-in page, once known. */
    signInHost: z.string().nullable(),
    /** The organisation set the broker: the person cannot change it. */
    managed: z.boolean(),
    signIn: signInStateSchema,
  }),
]);
export type Connection = z.infer<typeof connectionSchema>;

/** What a person types. */
export const brokerUrlSchema = z
  .string()
  .trim()
  .max(200)
  .regex(BROKER_URL, 'an https address such as https://daypass.example.org')
  .transform((url) => url.replace(/\/+$/, ''));

/** What was found behind an address, before the person agrees to use it. */
export const brokerFoundSchema = z.object({ url: z.string(), signInHost: z.string(), name: z.string() });
export type BrokerFound = z.infer<typeof brokerFoundSchema>;
