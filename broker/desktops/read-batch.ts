// Reads one append as a device sent it: whose it is, that its checkpoint is signed, that its records are records.
// Touches no database, so that what is wrong in itself costs nothing but its own reading.
import { openCheckpoint, strictBase64 } from '#shared/audit/checkpoint.ts';
import type { LogPublicKey } from '#shared/audit/log-key.ts';
import { leafHash } from '#shared/audit/merkle.ts';
import { MAX_RECORD_BYTES } from '#shared/audit/record.ts';
import { readCanonicalRecord } from '#shared/audit/record-fields.ts';
import type { AppendBody } from '#shared/contracts/audit-api.ts';
import { deviceOfOrigin } from '#shared/domain/outbox-origin.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';

export type BatchRecord = { readonly canonical: string; readonly leaf: Buffer; readonly subject: string | null };

/** The head that the device signed, and its proof that it continues the records before `firstSeq`. */
export type SignedHead = {
  readonly origin: string;
  readonly epoch: number;
  readonly firstSeq: number;
  /** The tree that the checkpoint signs ends with the last record of the batch. */
  readonly size: number;
  readonly root: Buffer;
  readonly checkpoint: string;
  readonly consistency: readonly Buffer[];
};

export type Batch = SignedHead & { readonly records: readonly BatchRecord[] };

export type BatchFault = {
  readonly code: 'not_found' | 'invalid_checkpoint' | 'invalid_request';
  readonly detail: string;
};

/** Takes a parsed body and the key that signed the call's proof. Does not look at the records. */
export function readSignedHead(body: AppendBody, key: LogPublicKey): Result<SignedHead, BatchFault> {
  const { origin, epoch, firstSeq, checkpoint } = body;
  if (deviceOfOrigin(origin) !== key.thumbprint) return fault('not_found', 'There is no such log.');
  const signed = openCheckpoint(checkpoint, key);
  if (!signed.ok) return fault('invalid_checkpoint', `The checkpoint does not hold: ${signed.error}.`);
  const { size, root } = signed.value;
  if (signed.value.origin !== origin) return fault('invalid_checkpoint', 'The checkpoint is of another log.');
  if (size !== firstSeq + body.records.length)
    return fault('invalid_request', 'The checkpoint must be over the tree that ends with the last record.');
  const decoded = body.consistency.map(strictBase64);
  const consistency = decoded.filter((hash) => hash !== null);
  if (consistency.length !== decoded.length) return fault('invalid_request', 'The consistency proof is not base64.');
  return ok({ origin, epoch, firstSeq, size, root, checkpoint, consistency });
}

export function readRecords(head: SignedHead, records: readonly string[]): Result<Batch, BatchFault> {
  const { origin, epoch, firstSeq } = head;
  const read: BatchRecord[] = [];
  for (const [index, canonical] of records.entries()) {
    const record = readOne(canonical, { origin, epoch, sequence: firstSeq + index });
    if (!record.ok) return fault('invalid_request', `Record ${firstSeq + index} ${record.error}.`);
    read.push(record.value);
  }
  return ok({ ...head, records: read });
}

type Place = { readonly origin: string; readonly epoch: number; readonly sequence: number };

function readOne(canonical: string, place: Place): Result<BatchRecord, string> {
  const bytes = Buffer.from(canonical);
  if (bytes.length > MAX_RECORD_BYTES) return err('is over 8 KiB');
  const fields = readCanonicalRecord(canonical);
  if (fields === null) return err('is not a record');
  if (fields === 'not_canonical') return err('is not canonical JSON');
  if (fields.sequence !== place.sequence) return err('has another sequence number');
  if (fields.origin !== place.origin || fields.logName !== place.origin) return err('is of another log');
  if (fields.epoch !== place.epoch) return err('is of another epoch');
  return ok({ canonical, leaf: leafHash(bytes), subject: fields.subject });
}

function fault(code: BatchFault['code'], detail: string): { readonly ok: false; readonly error: BatchFault } {
  return err({ code, detail });
}
