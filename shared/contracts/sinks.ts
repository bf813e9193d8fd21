// Where a log is sent besides the ledger: one form for the broker's configuration, managed settings and the person's own
// settings. Secrets are named, never written; what is shown of a sink has none.
import { z } from 'zod';
import { secretReferenceSchema } from './catalog.ts';
import { hostOf, isLoopback } from './config/words.ts';

export const sinkNameSchema = z.string().regex(/^[a-z][a-z0-9_-]{0,30}$/, 'a lower-case name of at most 31 characters');

/** Without a user, password or fragment: those would stand in a file and in the window. */
export const sinkUrlSchema = z
  .string()
  .max(500)
  .regex(
    /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:\/[!"$->@-~]*)?$/,
    'an https URL without query, user and password',
  )
  .refine(
    (url) => url.startsWith('https:') || isLoopback(hostOf(url)),
    'must be https: anybody on the way could read it',
  );

/** What a delivery says itself: twice, it would be read by one on the way in one manner and by the next in another. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);

const headerNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'the name of a header')
  .refine((name) => !OWN_HEADERS.has(name.toLowerCase()), 'is a header that each delivery sets itself');

const otlpSchema = z.strictObject({
  kind: z.literal('otlp'),
  name: sinkNameSchema,
  /** The whole address, as https://collector.example.org/v1/logs. */
  url: sinkUrlSchema,
  /** What the collector wants to know its senders by, such as Authorization. */
  header: z.strictObject({ name: headerNameSchema, value: secretReferenceSchema }).optional(),
});

const webhookSchema = z.strictObject({
  kind: z.literal('webhook'),
  name: sinkNameSchema,
  url: sinkUrlSchema,
  /** Signs each delivery (Standard Webhooks): `whsec_` and base64 of 24 to 64 bytes. */
  secret: secretReferenceSchema,
});

const fileSchema = z.strictObject({
  kind: z.literal('file'),
  name: sinkNameSchema,
  /** Absolute, or in the data folder. */
  path: z.string().min(1).max(1000),
  /** A file that has grown to so many bytes is put aside. */
  maxBytes: z.int().min(65_536).max(10_737_418_240).default(67_108_864),
  /** How many put-aside files are kept; the oldest is deleted. */
  keep: z.int().min(1).max(1000).default(10),
});

export const sinkSchema = z.discriminatedUnion('kind', [otlpSchema, webhookSchema, fileSchema], {
  error: 'otlp, webhook or file',
});
export type Sink = Readonly<z.infer<typeof sinkSchema>>;
export type SinkKind = Sink['kind'];

export const sinksSchema = z
  .array(sinkSchema)
  .max(8)
  .superRefine((sinks, context) => {
    const names = new Set<string>();
    const paths = new Set<string>();
    for (const [index, sink] of sinks.entries()) {
      const { name } = sink;
      if (names.has(name))
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is given to two sinks' });
      names.add(name);
      if (sink.kind !== 'file') continue;
      // Each would mend and put aside what the other writes.
      if (paths.has(sink.path))
        context.addIssue({ code: 'custom', path: [index, 'path'], message: 'is the file of two sinks' });
      paths.add(sink.path);
    }
  });

/**
 * `synced`: it has everything. `behind`: it is being sent what is missing. `stuck`: it is tried again and again, `code`
 * says why it does not go on.
 */
export const sinkStateSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('synced') }),
  z.object({ kind: z.literal('behind'), records: z.int() }),
  z.object({
    kind: z.literal('stuck'),
    records: z.int(),
    code: z.string(),
    sinceMs: z.number(),
    /** It does not get better by itself: a wrong address, a refused secret, a full disk. */
    needsPerson: z.boolean(),
  }),
]);

/** What people see of a sink. */
export const sinkStatusSchema = z.object({
  name: sinkNameSchema,
  kind: z.enum(['otlp', 'webhook', 'file']),
  /** Host or path; never a secret. */
  target: z.string(),
  /** The organisation set it: the person sees it and cannot change it. */
  managed: z.boolean(),
  state: sinkStateSchema,
  /** When it last took records; null: never yet. */
  deliveredAtMs: z.number().nullable(),
  /** When the oldest record happened that it does not have; null: it has all. */
  oldestAtMs: z.number().nullable(),
  /** Records that it refused for good. They stay in the log. */
  deadLetters: z.int(),
});
export type SinkStatus = z.infer<typeof sinkStatusSchema>;
