// Tables of the ledger. Whole numbers are bigint columns: SQLite gives numbers, PostgreSQL text, so rows are read
// through `row-reading.ts` only.
import type { ColumnType, Generated } from 'kysely';
import { logTables } from '#shared/log/log-tables.ts';

export const LEDGER_TABLES = logTables('ledger');

/** A number as written; as read it depends on the database. */
export type BigintColumn = ColumnType<number | string, number, number>;
export type GeneratedBigint = Generated<number | string>;

/** What records are filtered and authorised by. The same values are inside the canonical JSON. */
export type IndexColumns = {
  kind: string;
  at_ms: BigintColumn;
  actor: string;
  subject: string | null;
  resource: string | null;
  request_id: string | null;
  grant_id: string | null;
};

/** One row: which log this is, and how far it has come. */
export type LedgerStateTable = {
  id: string;
  origin: string;
  epoch: BigintColumn;
  key_fingerprint: string;
  size: BigintColumn;
  checkpoint: string | null;
  public_key: string | null;
};

/** Durable with the transition that wrote it, and waiting for its place in the log. */
export type LedgerIntakeTable = IndexColumns & { id: GeneratedBigint; head: string; tail: string };

export type LedgerRecordsTable = IndexColumns & { sequence: BigintColumn; canonical: string; leaf_hash: Uint8Array };

/** Hashes of complete subtrees of 2^8, 2^16, … leaves: what makes proofs cheap in a large log. */
export type LedgerSubtreesTable = { level: BigintColumn; position: BigintColumn; hash: Uint8Array };

/** Wrapped keys of what people wrote before keys had a span of time. Deleting a row erases the words. */
export type LedgerSubjectKeysTable = {
  id: string;
  subject: string;
  wrapped_key: Uint8Array;
  created_at_ms: BigintColumn;
};

/** Each change of the ledger's key: the checkpoint that both keys signed, kept for ever, and both public keys (PEM). */
export type LedgerKeyRotationsTable = {
  size: BigintColumn;
  note: string;
  old_key: string;
  new_key: string;
  rotated_at_ms: BigintColumn;
};

/** Wrapped keys of what people wrote from then on, for one span of time. Deleting a row erases those words. */
export type LedgerWordKeysTable = {
  id: string;
  subject: string;
  from_ms: BigintColumn;
  wrapped_key: Uint8Array;
};

export type LedgerTables = {
  ledger_state: LedgerStateTable;
  ledger_intake: LedgerIntakeTable;
  ledger_records: LedgerRecordsTable;
  ledger_subtrees: LedgerSubtreesTable;
  ledger_subject_keys: LedgerSubjectKeysTable;
  ledger_word_keys: LedgerWordKeysTable;
  ledger_key_rotations: LedgerKeyRotationsTable;
};
