// When each desktop was last heard, and which of them hold access now.
import { outboxOrigin } from '#shared/domain/outbox-origin.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { toWholeNumber } from '#shared/log/row-reading.ts';
import type { Reader } from '#broker/store.ts';

/** By the name of its log. */
export async function lastHeard(db: Reader): Promise<ReadonlyMap<string, EpochMs>> {
  const rows = await db.selectFrom('desktop_logs').select(['origin', 'heard_at_ms']).execute();
  return new Map(rows.map((row) => [row.origin, toWholeNumber(row.heard_at_ms)]));
}

/** By the name of the device's log: how many live grants, and since when. */
export async function heldBy(
  db: Reader,
): Promise<ReadonlyMap<string, { readonly count: number; readonly sinceMs: EpochMs }>> {
  const rows = await db
    .selectFrom('grants')
    .select(({ fn }) => ['device', fn.countAll<number>().as('held'), fn.min<number>('starts_at_ms').as('since')])
    .where('state', 'in', ['activating', 'active'])
    .groupBy('device')
    .execute();
  return new Map(
    rows.map(({ device, held, since }) => [
      outboxOrigin(device),
      { count: Number(held), sinceMs: toWholeNumber(since) },
    ]),
  );
}
