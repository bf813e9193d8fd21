// Since when the receiver has had how many records of the log: kept once a day, so that a body goes only a safety span
// after it was taken and cosigned. A receiver that was put back meanwhile has not had them since then.
import { sql } from 'kysely';
import type { Db } from '#shared/log/log-store.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { OutboxTx } from './outbox.ts';

type Counted = { readonly origin: string; readonly epoch: number };

/** When it was last written down for this epoch; null: never. */
export async function lastTakenAt(db: Db, { origin, epoch }: Counted): Promise<EpochMs | null> {
  const { rows } = await sql<{ at: number | null }>`
    select max(at_ms) as at from outbox_taken where origin = ${origin} and epoch = ${epoch}
  `.execute(db);
  return rows[0]?.at ?? null;
}

/** From now on the receiver has the first `records` of this epoch. What was known of other epochs is over. */
export async function keepTaken(
  tx: OutboxTx,
  { origin, epoch }: Counted,
  records: number,
  atMs: EpochMs,
): Promise<void> {
  await sql`delete from outbox_taken where not (origin = ${origin} and epoch = ${epoch})`.execute(tx);
  await sql`
    insert or replace into outbox_taken (origin, epoch, records, at_ms) values (${origin}, ${epoch}, ${records}, ${atMs})
  `.execute(tx);
}

/** How many it has had since then at the latest; what is older than needed to say so is deleted. */
export async function takenSince(tx: OutboxTx, { origin, epoch }: Counted, sinceMs: EpochMs): Promise<number> {
  const { rows } = await sql<{ records: number; at: number }>`
    select records, at_ms as at from outbox_taken
    where origin = ${origin} and epoch = ${epoch} and at_ms <= ${sinceMs} order by at_ms desc limit 1
  `.execute(tx);
  const [newest] = rows;
  if (newest === undefined) return 0;
  await sql`delete from outbox_taken where at_ms < ${newest.at}`.execute(tx);
  return newest.records;
}

/** The receiver has only so many: that it had more once says nothing any more. */
export async function forgetTaken(tx: OutboxTx, { origin, epoch }: Counted, records: number): Promise<void> {
  await sql`
    delete from outbox_taken where origin = ${origin} and epoch = ${epoch} and records > ${records}
  `.execute(tx);
}
