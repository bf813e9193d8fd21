// Turns errors of PostgreSQL and of its connections into StoreErrors. PostgreSQL quotes values in its details and in
// some messages, so only what cannot hold one is passed on, and never the error itself as a cause.
import { DatabaseError } from 'pg';
import { StoreError, type StoreErrorCode } from './store-error.ts';

/** By SQLSTATE (PostgreSQL, appendix A): the whole code first, then its class. */
const BY_STATE: Readonly<Record<string, StoreErrorCode>> = {
  '0A000': 'busy',
  '23505': 'unique_violation',
  '25006': 'read_only',
  '25P03': 'io',
  '40001': 'busy',
  '40P01': 'busy',
  '53100': 'disk_full',
  '53200': 'busy',
  '53300': 'cannot_open',
  '55P03': 'busy',
  '57014': 'busy',
  '58030': 'io',
  '58P01': 'io',
  XX001: 'corrupt',
  XX002: 'corrupt',
};
const BY_CLASS: Readonly<Record<string, StoreErrorCode>> = {
  '08': 'io',
  '23': 'constraint',
  '28': 'cannot_open',
  '3D': 'cannot_open',
  '57': 'io',
};
/** Classes whose messages name things of the schema or of the server, never a value. */
const SPEAKING_CLASSES: ReadonlySet<string> = new Set([
  '08',
  '23',
  '25',
  '28',
  '3D',
  '40',
  '42',
  '53',
  '55',
  '57',
  '58',
]);

/**
 * A transaction that met one of these is rolled back for certain, and may well succeed when it is run again. 0A000: a
 * newer program changed a table under a prepared statement; the connection is thrown away, and the statement with it.
 */
const OVERTAKEN: ReadonlySet<string> = new Set(['40001', '40P01', '0A000']);

/** The database took this transaction back because of another one: it may be run again. */
export class OvertakenError extends StoreError {
  constructor(message: string) {
    super('busy', message);
  }
}

/** What `pg` throws as a StoreError; a StoreError passes unchanged. `connecting`: no connection was there yet. */
export function toPostgresError(error: unknown, connecting = false): StoreError {
  if (error instanceof StoreError) return error;
  if (error instanceof DatabaseError) return fromServer(error, connecting);
  const message = error instanceof Error ? error.message : 'unknown';
  return new StoreError(connecting ? 'cannot_open' : 'io', `database connection: ${message}`);
}

/** States in which the server ends the session too. Its word for the severity is no help: that is translated. */
const ENDS_SESSION = /^(0A000|08|28|3D|57P|25P03|25P04|53300)/;
/** States in which the server may be failing as a whole. */
const SERVER_FAILS = /^(53|58|XX)/;

/** Whether the connection is of no use after this error. */
export function isLostConnection(error: unknown): boolean {
  return !(error instanceof DatabaseError) || ENDS_SESSION.test(error.code ?? '57P');
}

/** What a COMMIT threw. Unless the server said for certain that nothing was committed, nobody knows. */
export function toCommitError(error: unknown): StoreError {
  const refused = error instanceof DatabaseError && !isLostConnection(error) && !SERVER_FAILS.test(error.code ?? '');
  if (refused) return toPostgresError(error);
  const { message } = toPostgresError(error);
  return new StoreError('outcome_unknown', `${message}: nobody knows whether the transaction was committed`);
}

function fromServer(error: DatabaseError, connecting: boolean): StoreError {
  const state = error.code ?? '';
  const message = `database: ${messageOf(error, state)}`;
  if (OVERTAKEN.has(state)) return new OvertakenError(message);
  const code = BY_STATE[state] ?? BY_CLASS[state.slice(0, 2)] ?? 'other';
  return new StoreError(connecting && (code === 'io' || code === 'other') ? 'cannot_open' : code, message);
}

function messageOf(error: DatabaseError, state: string): string {
  if (SPEAKING_CLASSES.has(state.slice(0, 2))) return `${error.message} (${state})`;
  const where = [error.table, error.column, error.constraint].filter((name) => name !== undefined).join(' ');
  return `it refused a statement (${[state, where].filter((part) => part !== '').join(', ')})`;
}
