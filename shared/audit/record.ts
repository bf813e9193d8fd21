// One ledger record: an event as an OCSF 1.8.0 object in canonical JSON. The sequence number is put in later, when the
// record's place in the log is known, without writing the rest again.
import { type AuditEvent, type AuditKind } from '../domain/audit-event.ts';
import { canonicalJson } from './canonical.ts';
import { EVENT_MESSAGES } from './event-messages.ts';
import { actorAttribute, classAttributes, statusCode } from './ocsf-attributes.ts';
import {
  OCSF_CLASSES,
  OCSF_MAP,
  OCSF_PROFILES,
  OCSF_VERSION,
  severityId,
  statusAttributes,
  typeUid,
} from './ocsf-map.ts';
import { shortened } from './shorten.ts';

/** What readers take. */
export const MAX_RECORD_BYTES = 8192;
/** A record that waits when its log goes on under another name is written again with that name, twice, and its epoch. */
const RENAME_BYTES = 64;
export const MAX_WRITTEN_BYTES = MAX_RECORD_BYTES - RENAME_BYTES;

/** Where and by which run of the program a record is written. */
export type RecordSource = { readonly origin: string; readonly epoch: number; readonly bootId: string };

/** Words of people: whose, under which stored key, and base64url of nonce, ciphertext and tag. */
export type SealedText = { readonly key: string; readonly subject: string; readonly text: string };

export type RecordParts = {
  readonly uid: string;
  /** 128 random bits, base64url: nobody can guess a record from its leaf hash. */
  readonly salt: string;
  readonly sealed: SealedText | null;
};

/** A record without its place: canonical JSON before and after the sequence number. */
export type UnplacedRecord = { readonly head: string; readonly tail: string };

export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  readonly kind: AuditKind;
  readonly bytes: number;

  constructor(kind: AuditKind, bytes: number) {
    super(`a ${kind} record of ${bytes} bytes is over the limit of ${MAX_WRITTEN_BYTES}`);
    this.kind = kind;
    this.bytes = bytes;
  }
}

// No record reaches this number. A string cannot forge the mark: inside one, its quotes are escaped.
const PLACEHOLDER = Number.MAX_SAFE_INTEGER;
const MARK = `"sequence":${PLACEHOLDER}`;
const MARK_HEAD_LENGTH = MARK.length - String(PLACEHOLDER).length;

/**
 * Writes the event. Long lists in its data are cut when it would not fit otherwise, and the record says so
 * (`metadata.is_truncated`): no catalog is so large that its change cannot be recorded. Throws RecordTooLarge when that
 * is not enough, and a TypeError for what JSON cannot say.
 */
export function unplacedRecord(event: AuditEvent, source: RecordSource, parts: RecordParts): UnplacedRecord {
  const whole = canonicalJson(recordDocument(event, source, parts, null));
  const bytes = Buffer.byteLength(whole);
  if (bytes <= MAX_WRITTEN_BYTES) return withoutPlace(whole);
  for (const data of shortened(event.data)) {
    // The kind and the shape of its data are the same.
    const short = canonicalJson(recordDocument({ ...event, data } as AuditEvent, source, parts, bytes));
    if (Buffer.byteLength(short) <= MAX_WRITTEN_BYTES) return withoutPlace(short);
  }
  throw new RecordTooLarge(event.kind, bytes);
}

function withoutPlace(canonical: string): UnplacedRecord {
  const at = canonical.indexOf(MARK);
  if (at < 0) throw new Error('a record without its place for the sequence number');
  return { head: canonical.slice(0, at + MARK_HEAD_LENGTH), tail: canonical.slice(at + MARK.length) };
}

/** Puts the sequence number in. The result is canonical JSON: a number does not change the order of keys. */
export function placeRecord(record: UnplacedRecord, sequence: number): string {
  return `${record.head}${sequence}${record.tail}`;
}

/** Splits a record that has its place already, so that it can be given another one. Throws when it is no record. */
export function unplace(canonical: string): UnplacedRecord {
  const [mark = null] = /"sequence":\d+/.exec(canonical) ?? [];
  // `metadata` comes first of all that people or other programs have a say in; inside a string the quotes are escaped.
  const at = mark === null ? -1 : canonical.indexOf(mark);
  if (mark === null || at < 0) throw new Error('a record without its place');
  return { head: canonical.slice(0, at + MARK_HEAD_LENGTH), tail: canonical.slice(at + mark.length) };
}

/** The same record (its id and salt too) under another log name and epoch. */
export function renameRecord(record: UnplacedRecord, name: Pick<RecordSource, 'origin' | 'epoch'>): UnplacedRecord {
  // Written by `unplacedRecord`: these two objects are there.
  const document = JSON.parse(placeRecord(record, 0)) as {
    metadata: Record<string, unknown>;
    unmapped: Record<string, unknown>;
  };
  document.metadata['log_name'] = name.origin;
  document.unmapped['origin'] = name.origin;
  document.unmapped['epoch'] = name.epoch;
  return unplace(canonicalJson(document));
}

function recordDocument(
  event: AuditEvent,
  source: RecordSource,
  parts: RecordParts,
  untruncatedBytes: number | null,
): Readonly<Record<string, unknown>> {
  const place = OCSF_MAP[event.kind];
  const { classUid, categoryUid } = OCSF_CLASSES[place.ocsfClass];
  const correlation = event.requestId ?? event.grantId;
  return inKeyOrder({
    activity_id: place.activityId,
    actor: actorAttribute(event),
    category_uid: categoryUid,
    class_uid: classUid,
    message: EVENT_MESSAGES[event.kind],
    metadata: {
      ...(correlation !== null && { correlation_uid: correlation }),
      event_code: event.kind,
      ...(untruncatedBytes !== null && { is_truncated: true }),
      log_name: source.origin,
      product: { name: 'Daypass', vendor_name: 'Daypass' },
      profiles: OCSF_PROFILES,
      sequence: PLACEHOLDER,
      uid: parts.uid,
      ...(untruncatedBytes !== null && { untruncated_size: untruncatedBytes }),
      version: OCSF_VERSION,
    },
    severity_id: severityId(event.kind, event.outcome),
    ...statusAttributes(event.kind, event.outcome),
    ...statusCode(event),
    time: event.atMs,
    type_uid: typeUid(place),
    unmapped: ownFields(event, source, parts),
    ...classAttributes(event, place),
  });
}

/** What OCSF has no attribute for; also everything that the log is filtered and authorised by. */
function ownFields(event: AuditEvent, source: RecordSource, parts: RecordParts): Readonly<Record<string, unknown>> {
  return {
    boot_id: source.bootId,
    data: inKeyOrder(event.data),
    epoch: source.epoch,
    grant_id: event.grantId,
    origin: source.origin,
    request_id: event.requestId,
    resource: event.resource,
    salt: parts.salt,
    ...(parts.sealed !== null && { sealed: parts.sealed }),
    subject: event.subject,
  };
}

/** Canonical JSON sorts anyway; sorting the top level here spares it a second pass over most records. */
function inKeyOrder(fields: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
}
