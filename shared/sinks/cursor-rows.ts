// The rows of sinks: how far each has come. A cursor only moves from where its sender believes it to be, so that two who
// deliver the same at once never put it back.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Sink } from '../contracts/sinks.ts';
import type { EpochMs } from '../domain/time.ts';
import type { Db } from '../log/log-store.ts';
import type { StoredNumber } from '../log/log-tables.ts';
import { toWholeNumber } from '../log/row-reading.ts';
import type { SinkCursor } from './sinks.ts';
import type { SinkTables } from './tables.ts';

export type Trouble = { readonly code: string; readonly sinceMs: EpochMs; readonly needsPerson: boolean };

export type SinkRow = {
  readonly cursor: SinkCursor | null;
  readonly deliveredAtMs: EpochMs | null;
  readonly trouble: Trouble | null;
};

type StoredRow = {
  readonly sink: string;
  readonly origin: string | null;
  readonly epoch: StoredNumber | null;
  readonly sequence: StoredNumber | null;
  readonly delivered_at_ms: StoredNumber | null;
  readonly trouble: string | null;
  readonly trouble_since_ms: StoredNumber | null;
  readonly needs_person: StoredNumber;
};

const NEW_ROW: SinkRow = { cursor: null, deliveredAtMs: null, trouble: null };

/** What a sink is known by in the tables: its name, and a hash of its kind and of where it leads. */
export function sinkKey(sink: Sink): string {
  const target = `${sink.kind}\n${sink.kind === 'file' ? sink.path : sink.url}`;
  return `${sink.name}/${createHash('sha256').update(target).digest('hex')}`;
}

/** Makes the row of a sink that is new; one that was there before goes on from its own. */
export async function ensureRow(db: Db, { cursors }: SinkTables, key: string): Promise<void> {
  await sql`
    insert into ${sql.table(cursors)} (sink, needs_person) values (${key}, 0) on conflict (sink) do nothing
  `.execute(db);
}

export async function readRows(
  db: Db,
  { cursors }: SinkTables,
  keys: readonly string[],
): Promise<ReadonlyMap<string, SinkRow>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<StoredRow>`
    select * from ${sql.table(cursors)} where sink in (${sql.join(keys)})
  `.execute(db);
  return new Map(rows.map((row) => [row.sink, toSinkRow(row)]));
}

export async function readRow(db: Db, tables: SinkTables, key: string): Promise<SinkRow> {
  return (await readRows(db, tables, [key])).get(key) ?? NEW_ROW;
}

function toSinkRow(row: StoredRow): SinkRow {
  const { origin, epoch, sequence } = row;
  return {
    cursor:
      origin === null || epoch === null || sequence === null
        ? null
        : { origin, epoch: toWholeNumber(epoch), sequence: toWholeNumber(sequence) },
    deliveredAtMs: row.delivered_at_ms === null ? null : toWholeNumber(row.delivered_at_ms),
    trouble:
      row.trouble === null || row.trouble_since_ms === null
        ? null
        : {
            code: row.trouble,
            sinceMs: toWholeNumber(row.trouble_since_ms),
            needsPerson: toWholeNumber(row.needs_person) === 1,
          },
  };
}

export type Move = {
  readonly key: string;
  readonly from: SinkCursor | null;
  readonly to: SinkCursor;
  /** When the sink took them; null: it did not, they became dead letters. */
  readonly deliveredAtMs: EpochMs | null;
};

/** False when it is not there any more: another one delivered too, and is ahead. */
export async function moveCursor(db: Db, { cursors }: SinkTables, move: Move): Promise<boolean> {
  const { from, to } = move;
  const isThere =
    from === null
      ? sql`sequence is null`
      : sql`origin = ${from.origin} and epoch = ${from.epoch} and sequence = ${from.sequence}`;
  const delivered =
    move.deliveredAtMs === null
      ? sql``
      : sql`, delivered_at_ms = ${move.deliveredAtMs}, trouble = null, trouble_since_ms = null, needs_person = 0`;
  const { rows } = await sql`
    update ${sql.table(cursors)}
    set origin = ${to.origin}, epoch = ${to.epoch}, sequence = ${to.sequence} ${delivered}
    where sink = ${move.key} and ${isThere} returning sink
  `.execute(db);
  return rows.length === 1;
}

export async function writeTrouble(
  db: Db,
  { cursors }: SinkTables,
  key: string,
  trouble: Trouble | null,
): Promise<void> {
  await sql`
    update ${sql.table(cursors)} set trouble = ${trouble?.code ?? null}, trouble_since_ms = ${trouble?.sinceMs ?? null},
      needs_person = ${trouble?.needsPerson === true ? 1 : 0}
    where sink = ${key}
  `.execute(db);
}
