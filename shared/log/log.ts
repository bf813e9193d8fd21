// A log as its owner sees it: append inside your own transaction, read what was sequenced.
import type { AuditEvent, AuditKind } from '../domain/audit-event.ts';
import type { SubjectId } from '../domain/identity.ts';
import type { ResourceId } from '../domain/scope.ts';
import type { EpochMs } from '../domain/time.ts';

/** One sequenced record: the columns to filter and authorise by, and the canonical JSON that is its leaf. */
export type LogRecord = {
  readonly sequence: number;
  readonly kind: AuditKind;
  readonly atMs: EpochMs;
  readonly actor: SubjectId | 'broker' | 'desktop';
  readonly subject: SubjectId | null;
  readonly resource: ResourceId | null;
  readonly requestId: string | null;
  readonly grantId: string | null;
  readonly canonical: string;
};

export type RecordFilter = {
  readonly afterSequence?: number;
  readonly beforeSequence?: number;
  readonly limit: number;
  /** Else the oldest come first. */
  readonly newestFirst?: true;
  readonly subject?: SubjectId;
  readonly resource?: ResourceId;
  readonly grantId?: string;
  /** Of any of these kinds. */
  readonly kinds?: readonly AuditKind[];
  /** Only what is sequenced already, as `subscribe` told: does not wait for what was committed a moment ago. */
  readonly asAnnounced?: true;
};

export type Log<Tx, E extends AuditEvent> = {
  /** Log name (C2SP origin line), stable for the life of the log's epoch, also over changes of its key. */
  readonly origin: string;
  readonly epoch: number;
  /** Hex SHA-256 of the public key's DER: what an auditor is given from outside. */
  readonly keyFingerprint: string;
  /** Public key of the newest checkpoint (SubjectPublicKeyInfo, PEM): not ours where another program changed it. */
  readonly publicKeyPem: () => string;
  /**
   * Writes the events to the intake within the caller's transaction: durable with it, gone with it. The events of one
   * transaction keep their order, and those of a transaction that began after another was committed come after its
   * events. Of transactions that ran at the same time those that were committed later may come later.
   */
  readonly append: (tx: Tx, ...events: readonly [E, ...E[]]) => Promise<void>;
  /** Call within a transaction: tells that rows came into the intake by another way than `append`. */
  readonly wake: () => void;
  /** How many records are sequenced and under a checkpoint. */
  readonly size: () => number;
  /** Waits until all that was committed before the call is in the tree and under a checkpoint; gives the tree's size. */
  readonly settled: () => Promise<number>;
  /** Newest signed checkpoint (C2SP signed note), null for an empty log. */
  readonly checkpoint: () => Promise<string | null>;
  readonly records: (filter: RecordFilter) => Promise<readonly LogRecord[]>;
  /** How many sequenced records with a body there are after this one. */
  readonly countAfter: (sequence: number) => Promise<number>;
  /** RFC 6962 audit path of the record in the tree of the first `treeSize` records, base64 hashes. Null: out of range. */
  readonly inclusionProof: (sequence: number, treeSize: number) => Promise<readonly string[] | null>;
  /** RFC 6962 consistency proof between two sizes, base64 hashes. Null: out of range. */
  readonly consistencyProof: (fromSize: number, toSize: number) => Promise<readonly string[] | null>;
  /**
   * Writes `log.jsonl`, `leaves`, `log.pem`, what `rotations` there are and `checkpoint` into a folder. Gives the number
   * of records.
   */
  readonly exportTo: (folder: string) => Promise<number>;
  /** Tells that records up to this sequence are readable. Returns the way to stop. */
  readonly subscribe: (listener: (lastSequence: number) => void) => () => void;
  readonly close: () => Promise<void>;
};
