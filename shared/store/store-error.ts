// Errors of the store as one tagged class: callers branch on `code`, never on a database's own message or number.

export type StoreErrorCode =
  | 'unique_violation'
  | 'constraint'
  | 'disk_full'
  | 'read_only'
  | 'busy'
  | 'in_use'
  | 'io'
  | 'corrupt'
  | 'cannot_open'
  | 'folder_not_private'
  | 'newer_than_program'
  | 'migration_failed'
  | 'nested_transaction'
  | 'transaction_over'
  /** The connection broke during the commit: nobody knows whether it happened, so it must not simply be done again. */
  | 'outcome_unknown'
  | 'closed'
  | 'other';

/** Broken machinery or a broken constraint. Carries no parameter values: those may be personal. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** SQLite's extended result codes for a broken UNIQUE, PRIMARY KEY or rowid. */
const UNIQUE: ReadonlySet<number> = new Set([2067, 1555, 2579]);

/** By SQLite's primary result code (sqlite.org/rescode.html). */
const BY_PRIMARY_CODE: Readonly<Record<number, StoreErrorCode>> = {
  5: 'busy',
  6: 'busy',
  8: 'read_only',
  10: 'io',
  11: 'corrupt',
  13: 'disk_full',
  14: 'cannot_open',
  19: 'constraint',
  26: 'corrupt',
};

function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  return typeof error.errcode === 'number' ? error.errcode : null;
}

/** Turns an error of `node:sqlite` into a StoreError; a StoreError and foreign errors pass unchanged. */
export function toStoreError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === null || !(error instanceof Error)) return error;
  const tag = UNIQUE.has(code) ? 'unique_violation' : (BY_PRIMARY_CODE[code & 0xff] ?? 'other');
  return new StoreError(tag, `database: ${error.message}`, error);
}
