// The way in: writes an event, complete but for its place in the log, within the caller's transaction.
import { sql } from 'kysely';
import { type RecordSource, type UnplacedRecord, unplacedRecord } from '#shared/audit/record.ts';
import type { AuditEvent } from '#shared/domain/audit-event.ts';
import type { Clock } from '#shared/domain/time.ts';
import { newId, random128 } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';
import { bulkInsert, type Row } from './bulk-insert.ts';
import type { PersonalKeys } from './personal-keys.ts';
import { toWholeNumber } from './row-reading.ts';

/** The order of the values in every row of the intake and of the records. */
export const INDEX_COLUMNS = ['kind', 'at_ms', 'actor', 'subject', 'resource', 'request_id', 'grant_id'] as const;

const insertIntake = bulkInsert('ledger_intake', [...INDEX_COLUMNS, 'head', 'tail']);

export type Intake = { readonly source: RecordSource; readonly keys: PersonalKeys; readonly clock: Clock };

/** Throws RecordTooLarge before anything is written: the caller's transaction can still go on without the event. */
export async function writeIntake(tx: Tx, event: AuditEvent, { source, keys, clock }: Intake): Promise<void> {
  const uid = newId('evt');
  const salt = random128();
  const sealed =
    event.personal === undefined
      ? null
      : await keys.seal(tx, event.personal.subject, event.personal.text, uid, clock.now());
  const { head, tail } = unplacedRecord(event, source, { uid, salt, sealed });
  await insertIntake(tx, [[...indexValues(event), head, tail]]);
}

function indexValues(event: AuditEvent): Row {
  return [event.kind, event.atMs, event.actor, event.subject, event.resource, event.requestId, event.grantId];
}

/** One event on its way into the log: its record, and the values of INDEX_COLUMNS. */
export type Taken = UnplacedRecord & { readonly index: Row };

type IntakeRow = UnplacedRecord & {
  readonly id: number | string;
  readonly kind: string;
  readonly at_ms: number | string;
  readonly actor: string;
  readonly subject: string | null;
  readonly resource: string | null;
  readonly request_id: string | null;
  readonly grant_id: string | null;
};

/**
 * Takes the oldest events out. Exactly the rows that are returned are deleted, whatever their ids: on PostgreSQL a
 * lower id may be committed later, and a cursor or `id <= n` would lose it.
 */
export async function takeIntake(tx: Tx, limit: number): Promise<readonly Taken[]> {
  const { rows } = await sql<IntakeRow>`
    delete from ledger_intake where id in (select id from ledger_intake order by id limit ${limit}) returning *
  `.execute(tx);
  // The order of `returning` is not defined.
  const inOrder = rows.toSorted((a, b) => toWholeNumber(a.id) - toWholeNumber(b.id));
  return inOrder.map((row) => ({ head: row.head, tail: row.tail, index: indexOf(row) }));
}

function indexOf(row: IntakeRow): Row {
  return [row.kind, row.at_ms, row.actor, row.subject, row.resource, row.request_id, row.grant_id];
}
