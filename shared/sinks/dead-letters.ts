// What a sink refused for good: which records, why, since when. No bodies: those are in the log.
import { sql } from 'kysely';
import type { EpochMs } from '../domain/time.ts';
import type { Db } from '../log/log-store.ts';
import type { StoredNumber } from '../log/log-tables.ts';
import { toWholeNumber } from '../log/row-reading.ts';
import type { SinkCursor, SourcedRecord } from './sinks.ts';
import type { SinkTables } from './tables.ts';

export type DeadLetter = { readonly at: SinkCursor; readonly uid: string; readonly code: string };

type DeadLetterRow = {
  readonly origin: string;
  readonly epoch: StoredNumber;
  readonly sequence: StoredNumber;
  readonly uid: string;
  readonly code: string;
};

export async function addDeadLetters(
  db: Db,
  { deadLetters }: SinkTables,
  entry: {
    readonly key: string;
    readonly code: string;
    readonly atMs: EpochMs;
    readonly records: readonly SourcedRecord[];
  },
): Promise<void> {
  for (const { at, uid } of entry.records) {
    await sql`
      insert into ${sql.table(deadLetters)} (sink, origin, epoch, sequence, uid, code, at_ms)
      values (${entry.key}, ${at.origin}, ${at.epoch}, ${at.sequence}, ${uid}, ${entry.code}, ${entry.atMs})
      on conflict (sink, origin, epoch, sequence) do nothing
    `.execute(db);
  }
}

export async function countDeadLetters(
  db: Db,
  { deadLetters }: SinkTables,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (keys.length === 0) return new Map();
  const { rows } = await sql<{ sink: string; letters: StoredNumber }>`
    select sink, count(*) as letters from ${sql.table(deadLetters)} where sink in (${sql.join(keys)}) group by sink
  `.execute(db);
  return new Map(rows.map(({ sink, letters }) => [sink, toWholeNumber(letters)]));
}

/** The oldest after the given one. */
export async function readDeadLetters(
  db: Db,
  { deadLetters }: SinkTables,
  wanted: { readonly key: string; readonly after: SinkCursor | null; readonly limit: number },
): Promise<readonly DeadLetter[]> {
  const { after } = wanted;
  const later =
    after === null
      ? sql`1 = 1`
      : sql`(epoch > ${after.epoch} or (epoch = ${after.epoch} and sequence > ${after.sequence}))`;
  const { rows } = await sql<DeadLetterRow>`
    select origin, epoch, sequence, uid, code from ${sql.table(deadLetters)}
    where sink = ${wanted.key} and ${later} order by epoch, sequence limit ${wanted.limit}
  `.execute(db);
  return rows.map(({ origin, epoch, sequence, uid, code }) => ({
    at: { origin, epoch: toWholeNumber(epoch), sequence: toWholeNumber(sequence) },
    uid,
    code,
  }));
}

export async function removeDeadLetter(
  db: Db,
  { deadLetters }: SinkTables,
  key: string,
  { at }: Pick<DeadLetter, 'at'>,
): Promise<void> {
  await sql`
    delete from ${sql.table(deadLetters)}
    where sink = ${key} and origin = ${at.origin} and epoch = ${at.epoch} and sequence = ${at.sequence}
  `.execute(db);
}
