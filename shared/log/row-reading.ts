// Reads a log's rows the same way on every database.
import type { AuditKind } from '../domain/audit-event.ts';
import type { LogRecord } from './log.ts';
import type { RecordRow } from './log-tables.ts';

/** A bigint column's value. Throws when it is no whole number that JavaScript can hold exactly. */
export function toWholeNumber(value: number | string | bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('a number in the database is out of range');
  return number;
}

/** A bytea column's value. */
export function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function toLogRecord(row: RecordRow): LogRecord {
  return {
    sequence: toWholeNumber(row.sequence),
    // Written from an AuditEvent; the integrity check at start compares it with the signed record.
    kind: row.kind as AuditKind,
    atMs: toWholeNumber(row.at_ms),
    actor: row.actor,
    subject: row.subject,
    resource: row.resource,
    requestId: row.request_id,
    grantId: row.grant_id,
    canonical: row.canonical,
  };
}
