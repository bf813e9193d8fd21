// The desktop's log as its sinks are given it: epoch after epoch as they were written, each record at its place. What was
// carried over into a later epoch comes again there, under its own id: that epoch's tree is whole only with it.
import { sql } from 'kysely';
import { readRecord } from '#shared/audit/record-fields.ts';
import { LogError } from '#shared/log/log-error.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { SinkCursor, SinkSource, SourcedRecord } from '#shared/sinks/sinks.ts';
import { isPrunedColumn, isPrunedLine, PRUNED_KIND } from '#shared/log/prune.ts';
import { epochOf, readEpochs, type StoredEpoch } from '../outbox/all-epochs.ts';
import type { Outbox, OutboxStore } from '../outbox/outbox.ts';
import { OUTBOX_TABLES } from '../outbox/tables.ts';

type Db = OutboxStore['read'];
type Stretch = { readonly epoch: StoredEpoch; readonly from: number; readonly limit: number };

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
      const place = placeAfter(epochs, cursor);
      const there = epochs.slice(place.index).reduce((sum, { size }) => sum + size, 0);
      return Math.max(0, there - place.from - (await countPruned(read, epochs, place)));
    },
    at: async (place) => await readAt(read, place),
    checkpoint: async () => (await outbox.log()?.checkpoint()) ?? null,
    subscribe: outbox.subscribe,
  };
}

/** Where to go on; a cursor of no epoch that is known here begins anew: twice is better than never. */
function placeAfter(
  epochs: readonly StoredEpoch[],
  cursor: SinkCursor | null,
): { readonly index: number; readonly from: number } {
  const at = cursor === null ? -1 : epochOf(epochs, cursor);
  return cursor === null || at < 0 ? { index: 0, from: 0 } : { index: at, from: cursor.sequence + 1 };
}

type Place = ReturnType<typeof placeAfter>;

/** Of what comes after a place, how many records nobody is sent any more. */
async function countPruned(db: Db, epochs: readonly StoredEpoch[], { index, from }: Place): Promise<number> {
  const { rows } = await sql<{ origin: string; epoch: number; count: number }>`
    select origin, epoch, count(*) as count from outbox_pruned
    where sequence >= ${from} or not (origin = ${epochs[index]?.origin ?? ''} and epoch = ${epochs[index]?.epoch ?? 0})
    group by origin, epoch
  `.execute(db);
  return rows.reduce((sum, row) => sum + (epochOf(epochs, row) >= index ? toWholeNumber(row.count) : 0), 0);
}

async function readAfter(
  db: Db,
  epochs: readonly StoredEpoch[],
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

/** In one statement: an epoch that ends meanwhile is found where it was or where it is. */
async function readAt(db: Db, { origin, epoch, sequence }: SinkCursor): Promise<SourcedRecord | null> {
  const { rows } = await sql<Row>`
    select sequence, canonical from outbox_old_records
    where origin = ${origin} and epoch = ${epoch} and sequence = ${sequence}
    union all
    select r.sequence, r.canonical from ${sql.table(OUTBOX_TABLES.records)} as r, ${sql.table(OUTBOX_TABLES.state)} as s
    where s.id = ${OUTBOX_TABLES.id} and s.origin = ${origin} and s.epoch = ${epoch} and r.sequence = ${sequence}
  `.execute(db);
  const [row] = rows;
  return row === undefined || isPrunedLine(row.canonical) ? null : sourced(row, { origin, epoch });
}

async function readOld(db: Db, { epoch, from, limit }: Stretch): Promise<readonly SourcedRecord[]> {
  const { rows } = await sql<Row>`
    select sequence, canonical from outbox_old_records
    where origin = ${epoch.origin} and epoch = ${epoch.epoch} and sequence >= ${from}
      and not ${isPrunedColumn('canonical')}
    order by sequence limit ${limit}
  `.execute(db);
  return rows.map((row) => sourced(row, epoch));
}

/** Null when it is not the current one any more: the records of another would be taken for its own. */
async function readCurrent(db: Db, { epoch, from, limit }: Stretch): Promise<readonly SourcedRecord[] | null> {
  const { rows } = await sql<{ sequence: number | null; canonical: string | null }>`
    select r.sequence, r.canonical from ${sql.table(OUTBOX_TABLES.state)} as s
    left join (
      select sequence, canonical from ${sql.table(OUTBOX_TABLES.records)}
      where sequence >= ${from} and kind <> ${PRUNED_KIND} order by sequence limit ${limit}
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

function sourced(
  { sequence, canonical }: Row,
  { origin, epoch }: Pick<StoredEpoch, 'origin' | 'epoch'>,
): SourcedRecord {
  const fields = readRecord(canonical);
  if (fields === null) throw new LogError('damaged', 'a record of the log is not one of ours');
  return { at: { origin, epoch, sequence: toWholeNumber(sequence) }, uid: fields.uid, canonical };
}
