// Reads back from a record's canonical JSON what the log is filtered, authorised and verified by.
import { z } from 'zod';
import { canonicalJson } from './canonical.ts';
import { APP_NAMES } from './ocsf-attributes.ts';
import type { SealedText } from './record.ts';

const recordSchema = z.object({
  actor: z.union([z.object({ user: z.object({ uid: z.string() }) }), z.object({ app_name: z.string() })]),
  metadata: z.object({
    event_code: z.string(),
    log_name: z.string(),
    sequence: z.int().nonnegative(),
    uid: z.string(),
  }),
  time: z.int(),
  unmapped: z.object({
    epoch: z.int().nonnegative(),
    grant_id: z.string().nullable(),
    origin: z.string(),
    request_id: z.string().nullable(),
    resource: z.string().nullable(),
    sealed: z.object({ key: z.string(), subject: z.string(), text: z.string() }).optional(),
    subject: z.string().nullable(),
  }),
});

export type RecordFields = {
  readonly uid: string;
  readonly kind: string;
  readonly sequence: number;
  readonly origin: string;
  readonly logName: string;
  readonly epoch: number;
  readonly atMs: number;
  readonly actor: string;
  readonly subject: string | null;
  readonly resource: string | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly sealed: SealedText | null;
};

/** Null when the text is not a record of ours. */
export function readRecord(canonical: string): RecordFields | null {
  return fieldsOf(parseJson(canonical));
}

/** As `readRecord`, but also looks whether the text is canonical JSON: what others send is parsed once for both. */
export function readCanonicalRecord(text: string): RecordFields | 'not_canonical' | null {
  const document = parseJson(text);
  const fields = fieldsOf(document);
  if (fields === null) return null;
  return isCanonical(document, text) ? fields : 'not_canonical';
}

/** Valid JSON may still be what canonical JSON cannot say, as half a character. */
function isCanonical(document: unknown, text: string): boolean {
  try {
    return canonicalJson(document) === text;
  } catch {
    return false;
  }
}

function fieldsOf(document: unknown): RecordFields | null {
  const parsed = recordSchema.safeParse(document);
  if (!parsed.success) return null;
  const { actor, metadata, time, unmapped } = parsed.data;
  return {
    uid: metadata.uid,
    kind: metadata.event_code,
    sequence: metadata.sequence,
    origin: unmapped.origin,
    logName: metadata.log_name,
    epoch: unmapped.epoch,
    atMs: time,
    actor: 'user' in actor ? actor.user.uid : programOf(actor.app_name),
    subject: unmapped.subject,
    resource: unmapped.resource,
    requestId: unmapped.request_id,
    grantId: unmapped.grant_id,
    sealed: unmapped.sealed ?? null,
  };
}

function programOf(appName: string): 'broker' | 'desktop' {
  return appName === APP_NAMES.desktop ? 'desktop' : 'broker';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
