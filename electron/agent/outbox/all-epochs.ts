// Every epoch of the desktop's log that is stored here, of each key that it ever had, in the order in which they were
// written: their numbers alone do not say it, for each key counts from one.
import { sql } from 'kysely';
import type { Db } from '#shared/log/log-store.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { OUTBOX_TABLES } from './tables.ts';

export type StoredEpoch = {
  readonly origin: string;
  readonly epoch: number;
  readonly size: number;
  readonly isCurrent: boolean;
};

/** A place in one of them, or of one that is not known here. */
export type LogPlace = { readonly origin: string; readonly epoch: number; readonly sequence: number };

/** All in one statement: they are of one moment. The order is that in which they were put away. */
export async function readEpochs(db: Db): Promise<readonly StoredEpoch[]> {
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

/** Which of them a place is in; -1: in none. */
export function epochOf(epochs: readonly StoredEpoch[], place: Pick<LogPlace, 'origin' | 'epoch'>): number {
  return epochs.findIndex(({ origin, epoch }) => origin === place.origin && epoch === place.epoch);
}

/**
 * Of the epoch with this index, how many of its first records lie before or at every one of the places: what all who
 * read in order have. A place in no epoch that is known here says nothing: then it is none.
 */
export function sharedUpTo(epochs: readonly StoredEpoch[], index: number, places: readonly LogPlace[]): number {
  return Math.min(
    ...places.map((place) => {
      const at = epochOf(epochs, place);
      if (at !== index) return at > index ? Number.MAX_SAFE_INTEGER : 0;
      return place.sequence + 1;
    }),
  );
}
