// The desktop's log as its sinks are given it: epoch after epoch as they were written, each record at its place. What was
// carried over into a later epoch comes again there, under its own id: that epoch's tree is whole only with it.
import { sql } from 'kysely';
import { readRecord } from '#shared/audit/record-fields.ts';
import { LogError } from '#shared/log/log-error.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { SinkCursor, SinkSource, SourcedRecord } from '#shared/sinks/sinks.ts';
import type { Outbox, OutboxStore } from '../outbox/outbox.ts';
import { OUTBOX_TABLES } from '../outbox/tables.ts';

type Db = OutboxStore['read'];
type Epoch = { readonly origin: string; readonly epoch: number; readonly size: number; readonly isCurrent: boolean };
type Stretch = { readonly epoch: Epoch; readonly from: number; readonly limit: number };

/** Records that wait for the device key have no place yet: they come once they have one. */
export function outboxSource(
  { read }: Pick<OutboxStore, 'read'>,
  outbox: Pick<Outbox, 'subscribe' | 'log'>,
): SinkSource {
  return {
    after: async (cursor, limit) => {
      for (;;) {
        const epochs = await readEpochs(read);
        const found = await readAfter(read, epochs, cursor, limit);
        // An epoch that ended meanwhile is in another table now.
        if (found !== null) return found;
      }
    },
    countAfter: async (cursor) => {
      const epochs = await readEpochs(read);
      const { index, from } = placeAfter(epochs, cursor);
      const whole = epochs.slice(index).reduce((sum, { size }) => sum + size, 0);
      return Math.max(0, whole - from);
    },
    at: async (place) => await readAt(read, place),
    checkpoint: async () => (await outbox.log()?.checkpoint()) ?? null,
    subscribe: outbox.subscribe,
  };
}

/** Where to go on; a cursor of no epoch that is known here begins anew: twice is better than never. */
function placeAfter(
  epochs: readonly Epoch[],
  cursor: SinkCursor | null,
): { readonly index: number; readonly from: number } {
  const at =
    cursor === null ? -1 : epochs.findIndex(({ origin, epoch }) => origin === cursor.origin && epoch === cursor.epoch);
  return cursor === null || at < 0 ? { index: 0, from: 0 } : { index: at, from: cursor.sequence + 1 };
}

async function readAfter(
  db: Db,
  epochs: readonly Epoch[],
  cursor: SinkCursor | null,
  limit: number,
): Promise<readonly SourcedRecord[] | null> {
  const place = placeAfter(epochs, cursor);
  const found: SourcedRecord[] = [];
  for (const [offset, epoch] of epochs.slice(place.index).entries()) {
    const stretch = { epoch, from: offset === 0 ? place.from : 0, limit: limit - found.length };
    const records = epoch.isCurrent ? await readCurrent(db, stretch) : await readOld(db, stretch);
    if (records === null) return null;
    found.push(...records);
    if (found.length >= limit) break;
  }
  return found;
}

/** All in one statement: they are of one moment. The order is that in which they were put away. */
async function readEpochs(db: Db): Promise<readonly Epoch[]> {
  const { rows } = await sql<{ origin: string; epoch: number; size: number; place: number | null }>`
    select origin, epoch, size, rowid as place from outbox_old_epochs
    union all
    select origin, epoch, size, null as place from ${sql.table(OUTBOX_TABLES.state)} where id = ${OUTBOX_TABLES.id}
    order by place nulls last
  `.execute(db);
  return rows.map(({ origin, epoch, size, place }) => ({
    origin,
    epoch: toWholeNumber(epoch),
    size: toWholeNumber(size),
    isCurrent: place === null,
  }));
}

/** In one statement: an epoch that ends meanwhile is found where it was or where it is. */
async function readAt(db: Db, { origin, epoch, sequence }: SinkCursor): Promise<SourcedRecord | null> {
  const { rows } = await sql<Row>`
    select sequence, canonical from outbox_old_records
    where origin = ${origin} and epoch = ${epoch} and sequence = ${sequence}
    union all
    select r.sequence, r.canonical from ${sql.table(OUTBOX_TABLES.records)} as r, ${sql.table(OUTBOX_TABLES.state)} as s
    where s.id = ${OUTBOX_TABLES.id} and s.origin = ${origin} and s.epoch = ${epoch} and r.sequence = ${sequence}
  `.execute(db);
  return rows[0] === undefined ? null : sourced(rows[0], { origin, epoch });
}

async function readOld(db: Db, { epoch, from, limit }: Stretch): Promise<readonly SourcedRecord[]> {
  const { rows } = await sql<Row>`
    select sequence, canonical from outbox_old_records
    where origin = ${epoch.origin} and epoch = ${epoch.epoch} and sequence >= ${from} order by sequence limit ${limit}
  `.execute(db);
  return rows.map((row) => sourced(row, epoch));
}

/** Null when it is not the current one any more: the records of another would be taken for its own. */
async function readCurrent(db: Db, { epoch, from, limit }: Stretch): Promise<readonly SourcedRecord[] | null> {
  const { rows } = await sql<{ sequence: number | null; canonical: string | null }>`
    select r.sequence, r.canonical from ${sql.table(OUTBOX_TABLES.state)} as s
    left join (
      select sequence, canonical from ${sql.table(OUTBOX_TABLES.records)}
      where sequence >= ${from} order by sequence limit ${limit}
    ) as r on true
    where s.id = ${OUTBOX_TABLES.id} and s.origin = ${epoch.origin} and s.epoch = ${epoch.epoch}
    order by r.sequence
  `.execute(db);
  if (rows.length === 0) return null;
  return rows.flatMap(({ sequence, canonical }) =>
    sequence === null || canonical === null ? [] : [sourced({ sequence, canonical }, epoch)],
  );
}

type Row = { readonly sequence: number; readonly canonical: string };

function sourced({ sequence, canonical }: Row, { origin, epoch }: Pick<Epoch, 'origin' | 'epoch'>): SourcedRecord {
  const fields = readRecord(canonical);
  if (fields === null) throw new LogError('damaged', 'a record of the log is not one of ours');
  return { at: { origin, epoch, sequence: toWholeNumber(sequence) }, uid: fields.uid, canonical };
}
