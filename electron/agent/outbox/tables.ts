// Tables of the outbox: the log itself, epochs that are over, and how far a receiver is known to have it.
import { logTables } from '#shared/log/log-tables.ts';

export const OUTBOX_TABLES = logTables('outbox');

/** One row: what is known of the receiver, and when the log was last verified here. */
export type SyncRow = {
  /** The log that the numbers below count in; for another one they are all zero. */
  readonly origin: string;
  readonly epoch: number;
  /** The receiver has all records before this one, by its own word. */
  readonly cursor: number;
  /** So many records are under a ledger checkpoint that was checked, since when. */
  readonly cosigned: number;
  readonly cosigned_at_ms: number | null;
  /** The head (base64 root) of the last batch that was acknowledged. */
  readonly witnessed_root: string | null;
  /** The receiver's ledger: its public key (PEM), pinned when first seen, and its highest checkpoint. */
  readonly ledger_key: string | null;
  readonly ledger_checkpoint: string | null;
  /** Why nothing of the receiver's is believed until a person looked at it. */
  readonly alarm: string | null;
  /** JSON of an announced restore that no person has read yet. */
  readonly restored: string | null;
  /** Records that the receiver had, lost, and is given again, since a person last read or accepted something. */
  readonly sent_again: number;
  readonly synced_at_ms: number | null;
  readonly verified_at_ms: number | null;
  readonly verified_records: number | null;
  readonly verified_problem: string | null;
  readonly verified_pruned: number;
};
