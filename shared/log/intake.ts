// The way in: writes an event, complete but for its place in the log, within the caller's transaction.
import { sql } from 'kysely';
import { random128 } from '../audit/random.ts';
import { type RecordSource, type SealedText, type UnplacedRecord, unplacedRecord } from '../audit/record.ts';
import type { AuditEvent } from '../domain/audit-event.ts';
import { type BulkInsert, bulkInsert, type Row } from './bulk-insert.ts';
import type { Db } from './log-store.ts';
import { INDEX_COLUMNS, type IntakeRow, type LogTables } from './log-tables.ts';
import { toWholeNumber } from './row-reading.ts';

/** Seals the words that people wrote in an event, for the record of this id; null when it has none. */
export type Seal<Tx, E> = (tx: Tx, event: E, recordUid: string) => Promise<SealedText | null>;

export type WriteIntake<Tx, E> = (tx: Tx, events: readonly E[], source: RecordSource) => Promise<void>;

/**
 * Makes the writer of a log's intake. It throws RecordTooLarge before anything is written: the caller's transaction
 * can still go on without the events.
 */
export function intakeWriter<Tx extends Db, E extends AuditEvent>(
  { intake }: LogTables,
  seal: Seal<Tx, E>,
): WriteIntake<Tx, E> {
  const insertIntake: BulkInsert = bulkInsert(intake, [...INDEX_COLUMNS, 'head', 'tail']);
  const build = async (tx: Tx, told: E, source: RecordSource): Promise<Row> => {
    const event = inWholeMs(told);
    const uid = `evt_${random128()}`;
    const salt = random128();
    const { head, tail } = unplacedRecord(event, source, { uid, salt, sealed: await seal(tx, event, uid) });
    return [...indexValues(event), head, tail];
  };
  return async (tx, events, source) => {
    const rows: Row[] = [];
    for (const event of events) rows.push(await build(tx, event, source));
    await insertIntake(tx, rows);
  };
}

/** A clock that counts parts of milliseconds must not make a record that nobody can read: its time is a whole number. */
function inWholeMs<E extends AuditEvent>(event: E): E {
  return Number.isInteger(event.atMs) ? event : { ...event, atMs: Math.floor(event.atMs) };
}

function indexValues(event: AuditEvent): Row {
  return [event.kind, event.atMs, event.actor, event.subject, event.resource, event.requestId, event.grantId];
}

/** One event on its way into the log: its record, and the values of INDEX_COLUMNS. */
export type Taken = UnplacedRecord & { readonly index: Row };

/**
 * Takes the oldest events out. Exactly the rows that are returned are deleted, whatever their ids: on PostgreSQL a
 * lower id may be committed later, and a cursor or `id <= n` would lose it.
 */
export async function takeIntake(tx: Db, { intake }: LogTables, limit: number): Promise<readonly Taken[]> {
  const table = sql.table(intake);
  const { rows } = await sql<IntakeRow>`
    delete from ${table} where id in (select id from ${table} order by id limit ${limit}) returning *
  `.execute(tx);
  // The order of `returning` is not defined.
  const inOrder = rows.toSorted((a, b) => toWholeNumber(a.id) - toWholeNumber(b.id));
  return inOrder.map((row) => ({ head: row.head, tail: row.tail, index: indexOf(row) }));
}

function indexOf(row: IntakeRow): Row {
  return [row.kind, row.at_ms, row.actor, row.subject, row.resource, row.request_id, row.grant_id];
}
