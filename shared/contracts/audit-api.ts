// Bodies and answers of the audit routes: what is read of the ledger, and what desktops append of their own logs.
import { z } from 'zod';
import { whole } from './whole-number.ts';

/** Limits of one append: what a desktop cuts its batches to. */
export const MAX_APPENDED_RECORDS = 1000;
export const MAX_APPEND_BYTES = 2 * 1024 * 1024;

const MAX_RECORD_CHARACTERS = 8192;
const MAX_NOTE_CHARACTERS = 4096;
const MAX_KEY_CHARACTERS = 1024;
const epoch = z.int().min(1).max(1_000_000);
const sequence = z.int().min(0);
/** Base64 of a SHA-256. */
const hash = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);
/** The name of a desktop's log: it ends with the thumbprint of the device key. */
export const desktopOriginSchema = z.string().regex(/^daypass\.desktop\/[A-Za-z0-9_-]{43}$/);

export const appendBodySchema = z.strictObject({
  origin: desktopOriginSchema,
  epoch,
  firstSeq: sequence,
  /** Canonical JSON (RFC 8785), each one leaf of the tree, in order. */
  records: z.array(z.string().min(2).max(MAX_RECORD_CHARACTERS)).min(1).max(MAX_APPENDED_RECORDS),
  /** C2SP signed note over the tree that ends with the last of these records. */
  checkpoint: z.string().max(MAX_NOTE_CHARACTERS),
  /** RFC 6962 consistency proof from the tree of the first `firstSeq` records to the checkpoint's; empty from 0. */
  consistency: z.array(hash).max(64),
});
export type AppendBody = z.output<typeof appendBodySchema>;

/** The ledger's record of the head of a desktop's log, and its RFC 6962 inclusion proof. */
export const cosignatureSchema = z.object({
  sequence,
  /** Canonical JSON: the leaf of the ledger's tree. */
  record: z.string().max(MAX_RECORD_CHARACTERS),
  proof: z.array(hash).max(64),
});
export type Cosignature = z.infer<typeof cosignatureSchema>;

/** What is known of a desktop's log, for who sends something that does not follow. */
export const knownLogSchema = z.object({
  epoch: z.int().min(0),
  next: sequence,
  /** The last checkpoint that was accepted in this epoch; null when there is none. */
  checkpoint: z.string().nullable(),
  /** Up to this epoch it is over, because a log of another key says that it follows it; 0: none does. */
  followed: z.int().min(0).default(0),
});
export type KnownLog = z.infer<typeof knownLogSchema>;

export const appendedSchema = z.object({
  /** The sequence number that is wanted next. */
  next: sequence,
  /** A checkpoint of the ledger in which the head of this log is on record. */
  ledgerCheckpoint: z.string(),
  /** That it is: under this checkpoint, for the last of these records. Not there when it is not among the newest. */
  cosignature: cosignatureSchema.optional(),
  /** Where more is known of this log than these records lead to, as of a desktop that was put back to an older state. */
  known: knownLogSchema.optional(),
});
export type Appended = z.infer<typeof appendedSchema>;

export const auditRecordsSchema = z.object({
  /** Of a desktop's log also the record's id; the record is null when it is about somebody else. */
  records: z.array(
    z.object({
      sequence: z.int(),
      uid: z.string().optional(),
      record: z.unknown(),
      /** Of this record of a desktop only id and leaf hash are left. */
      pruned: z.literal(true).optional(),
    }),
  ),
  next: z.int().nullable(),
});
/** Each time the ledger was put back: the canonical records that opened its later epochs, the oldest first. */
export const auditEpochsSchema = z.object({ epochs: z.array(z.string().max(MAX_RECORD_CHARACTERS)).max(1000) });

/** Why a desktop's log goes on under a new epoch or name. */
export const epochReasonSchema = z.enum(['restored', 'forked', 'new_key', 'key_changed']);

const instant = z.string();
/** A tree that a desktop's key signed beside the one that was accepted. */
export const keptForkSchema = z.object({ epoch: z.int(), size: z.int(), root: z.string(), seenAt: instant });

/** A desktop's log, for administrators. Epoch 0: it holds access and never sent a record. */
export const desktopLogViewSchema = z.object({
  origin: z.string(),
  device: z.string(),
  /** Who enrolled the device. */
  people: z.array(z.object({ person: z.string(), name: z.string() })),
  epoch: z.int(),
  size: z.int(),
  heardAt: instant.nullable(),
  /** Its last word, where that is longer ago than a running desktop is ever quiet; null: it is not silent. */
  silentSince: instant.nullable(),
  liveGrants: z.int(),
  /** How it came to its newest epoch; null: it began with it. */
  reopened: z.object({ reason: epochReasonSchema, at: instant, previousOrigin: z.string().nullable() }).nullable(),
  /** The device whose key took the place of this one's, by the word of both; null: none did. */
  replacedBy: z.string().nullable().default(null),
  /** The newest first. */
  forks: z.array(keptForkSchema),
});
export type DesktopLogView = z.infer<typeof desktopLogViewSchema>;
export const desktopLogsViewSchema = z.object({ logs: z.array(desktopLogViewSchema) });

export const deviceKeyChangeSchema = z.strictObject({
  /** The device whose key is given up: its thumbprint. */
  replaces: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Over the whole of that device's log, signed by its key and by the one that signs this call. */
  checkpoint: z.string().max(MAX_NOTE_CHARACTERS),
});
export type DeviceKeyChange = z.output<typeof deviceKeyChangeSchema>;

export const forkQuerySchema = z.strictObject({
  origin: desktopOriginSchema,
  epoch: whole(1),
  size: whole(1),
  root: hash,
});
export type ForkQuery = z.output<typeof forkQuerySchema>;
export const forkEvidenceSchema = z.object({
  seenAt: instant,
  /** The device's key (PEM): both checkpoints verify with it. */
  publicKey: z.string(),
  accepted: z.object({ size: z.int(), root: z.string(), checkpoint: z.string() }),
  /** The whole call that brought the other tree. */
  sent: appendBodySchema,
});
export type ForkEvidence = z.infer<typeof forkEvidenceSchema>;

/** Each change of the ledger's key, the oldest first: the checkpoint that both keys signed, and the old key (PEM). */
export const auditRotationsSchema = z.object({
  rotations: z
    .array(z.object({ checkpoint: z.string().max(MAX_NOTE_CHARACTERS), key: z.string().max(MAX_KEY_CHARACTERS) }))
    .max(1000),
  /** The key that signs now. */
  key: z.string().max(MAX_KEY_CHARACTERS),
});
export type AuditRotations = z.infer<typeof auditRotationsSchema>;

/** The other form of a page of the ledger: one canonical record a line (RFC 8785), exactly what its leaf is the hash of. */
export const RECORD_LINES = 'application/jsonl';
export const proofViewSchema = z.object({ hashes: z.array(z.string()) });

export const recordsQuerySchema = z.strictObject({
  after: whole(-1).default(-1),
  limit: whole(1, 1000).default(100),
  /** Records that this desktop appended, instead of those of the ledger. */
  origin: desktopOriginSchema.optional(),
  /** Of this epoch of it; by default the newest. */
  epoch: whole(1).optional(),
});
export const inclusionQuerySchema = z.strictObject({
  sequence: whole(0),
  size: whole(1),
});
export const consistencyQuerySchema = z.strictObject({
  from: whole(1),
  to: whole(1),
});
