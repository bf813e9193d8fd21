// What of earlier logs is owed to the receiver: nobody has asked yet whether it is there. Written with the change of the
// key, forgotten only with the records that followed.
import { sql } from 'kysely';
import type { Db } from '#shared/log/log-store.ts';
import type { OutboxTx } from './outbox.ts';

/** Of this log the records from this place on, of this and all later epochs. */
export type Owed = { readonly origin: string; readonly epoch: number; readonly sequence: number };

export async function isOwed(db: Db): Promise<boolean> {
  const { rows } = await sql`select 1 from outbox_owed limit 1`.execute(db);
  return rows.length > 0;
}

/** What was owed of the same log before stays so. */
export async function owe(tx: OutboxTx, { origin, epoch, sequence }: Owed): Promise<void> {
  await sql`
    insert into outbox_owed (origin, epoch, sequence) values (${origin}, ${epoch}, ${sequence})
    on conflict (origin) do update set epoch = excluded.epoch, sequence = excluded.sequence
    where (excluded.epoch, excluded.sequence) < (outbox_owed.epoch, outbox_owed.sequence)
  `.execute(tx);
}

/** At most so many: some may be there. */
export async function countOwed(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from outbox_old_records r where ${IS_OWED}
  `.execute(db);
  return rows[0]?.count ?? 0;
}

export async function forgetOwed(tx: OutboxTx): Promise<void> {
  await sql`delete from outbox_owed`.execute(tx);
}

/** Of a record `r` of an old epoch. */
export const IS_OWED = sql<boolean>`exists (
  select 1 from outbox_owed o where o.origin = r.origin and (r.epoch, r.sequence) >= (o.epoch, o.sequence)
)`;
