// The tables of a log: their names, which begin with a prefix of its owner's choice, and their rows. Whole numbers are
// bigint columns: SQLite gives numbers, PostgreSQL text, so rows are read through `row-reading.ts` only.

export type LogTables = {
  /** The id of the one row of the state. */
  readonly id: string;
  /** One row: which log this is, and how far it has come. */
  readonly state: string;
  /** Durable with the transition that wrote it, and waiting for its place in the log. */
  readonly intake: string;
  readonly records: string;
  /** Hashes of complete subtrees of 2^8, 2^16, … leaves: what makes proofs cheap in a large log. */
  readonly subtrees: string;
};

export function logTables(prefix: string): LogTables {
  return {
    id: prefix,
    state: `${prefix}_state`,
    intake: `${prefix}_intake`,
    records: `${prefix}_records`,
    subtrees: `${prefix}_subtrees`,
  };
}

export type StoredNumber = number | string;

/** What records are filtered and authorised by. The same values are inside the canonical JSON. */
export type IndexColumns = {
  readonly kind: string;
  readonly at_ms: StoredNumber;
  readonly actor: string;
  readonly subject: string | null;
  readonly resource: string | null;
  readonly request_id: string | null;
  readonly grant_id: string | null;
};

/** The order of the values in every row of the intake and of the records. */
export const INDEX_COLUMNS = ['kind', 'at_ms', 'actor', 'subject', 'resource', 'request_id', 'grant_id'] as const;

export type StateRow = {
  readonly origin: string;
  readonly epoch: StoredNumber;
  readonly key_fingerprint: string;
  readonly size: StoredNumber;
  readonly checkpoint: string | null;
};

export type IntakeRow = IndexColumns & { readonly id: StoredNumber; readonly head: string; readonly tail: string };

export type RecordRow = IndexColumns & { readonly sequence: StoredNumber; readonly canonical: string };
