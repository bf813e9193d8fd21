// How many records there are, with those that still wait for their place or are owed from earlier logs.
import { sql } from 'kysely';
import type { Db } from '#shared/log/log-store.ts';
import { readState } from '#shared/log/open-state.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import { countOwed } from './owed.ts';
import { OUTBOX_TABLES } from './tables.ts';

/** Of the epoch that is written now, and at most so many that may have to follow in it. */
export async function countRecords(db: Db): Promise<number> {
  const state = await readState(db, OUTBOX_TABLES);
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from ${sql.table(OUTBOX_TABLES.intake)}
  `.execute(db);
  return toWholeNumber(state?.size ?? 0) + (rows[0]?.count ?? 0) + (await countOwed(db));
}
