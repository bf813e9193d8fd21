// The ledger as the rest of the broker sees it: the broker's own log, and the words that people wrote in its records.
import type { RotationLine } from '#shared/audit/key-rotations.ts';
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { Log, LogRecord } from '#shared/log/log.ts';
import type { Tx } from '#broker/store.ts';

export type LedgerRecord = LogRecord;

export type Ledger = Log<Tx, LedgerEvent> & {
  /** Fingerprint of the key that the ledger began with: what it is named after, whatever key signs it now. */
  readonly firstKeyFingerprint: string;
  /** The changes of its key, the oldest first: each a checkpoint that both keys signed, and the old one. */
  readonly rotations: () => Promise<readonly RotationLine[]>;
  /** Opens the words that people wrote in a record, while the subject's erasure key exists; null after erasure. */
  readonly openPersonal: (record: LedgerRecord) => Promise<Readonly<Record<string, string>> | null>;
};
