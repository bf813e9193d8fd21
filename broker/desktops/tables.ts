// Tables of what desktops append: their logs by origin and epoch, and what contradicts them.
import type { BigintColumn } from '#broker/ledger/tables.ts';

/** One epoch of one desktop's log: its last accepted head. */
export type DesktopEpochRow = {
  origin: string;
  epoch: number;
  size: BigintColumn;
  /** Base64. */
  root: string;
  checkpoint: string;
  /** PEM of the device key, so that the checkpoints can be verified when the device is long gone. */
  public_key: string;
  opened_at_ms: BigintColumn;
  /** Why it follows another one (`EpochReason`), and which; null: it is the first. */
  reason: string | null;
  previous_origin: string | null;
};

/** When this desktop was last heard: it proved its key and sent of its log, be it what was known. */
export type DesktopLogRow = { origin: string; heard_at_ms: BigintColumn };

export type DesktopRecordRow = {
  origin: string;
  epoch: number;
  sequence: BigintColumn;
  /** Whose record it is, as the record says: they may read it. Null: about the desktop itself. */
  subject: string | null;
  leaf_hash: Uint8Array;
  canonical: string;
  /** When it came, by the broker's clock. */
  taken_at_ms: BigintColumn | null;
  /** The id of a record whose body was pruned: `canonical` and `subject` do not tell it any more. */
  uid: string | null;
};

/** Hashes of complete subtrees of 2^8, 2^16, … records. */
export type DesktopSubtreeRow = {
  origin: string;
  epoch: number;
  level: number;
  position: BigintColumn;
  hash: Uint8Array;
};

/** A signed tree that contradicts the accepted one, with the whole call that brought it. */
export type DesktopForkRow = {
  origin: string;
  epoch: number;
  size: BigintColumn;
  root: string;
  body: string;
  seen_at_ms: BigintColumn;
};

/** A log that another one follows, because the device got another key: up to this epoch nothing more is taken of it. */
export type DesktopFollowedRow = { origin: string; epoch: number; followed_by: string };

export type DesktopTables = {
  desktop_followed: DesktopFollowedRow;
  desktop_logs: DesktopLogRow;
  desktop_epochs: DesktopEpochRow;
  desktop_records: DesktopRecordRow;
  desktop_subtrees: DesktopSubtreeRow;
  desktop_forks: DesktopForkRow;
};
