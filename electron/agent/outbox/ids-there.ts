// Which records the receiver has, by their ids. It asks and never guesses: without an answer it throws, and whoever asked
// asks again later.
import { sql } from 'kysely';
import { z } from 'zod';
import type { Db } from '#shared/log/log-store.ts';
import type { AuditClient } from './audit-client.ts';

type Records = Pick<AuditClient, 'records'>;
type Page = Extract<Awaited<ReturnType<AuditClient['records']>>, { ok: true }>['value'];

/** From where on: the first number that is asked for. */
export type Stretch = { readonly origin: string; readonly epoch: number; readonly from: number };

const MOST = 1000;

/** Of an epoch that is not there, or not this person's to see, nothing is. */
export async function addIdsOfEpoch(client: Records, { origin, epoch, from }: Stretch, ids: Set<string>) {
  let after: number | null = from - 1;
  while (after !== null) {
    const page = await pageOf(client, { origin, epoch, after, limit: MOST });
    if (page === null) return;
    for (const { uid } of page.records) if (uid !== undefined) ids.add(uid);
    after = pageAfter(after, page.next);
  }
}

/** Of all logs that this desktop wrote under other keys, in all epochs that it or the receiver knows of. */
export async function idsUnderOtherKeys(db: Db, client: Records, origin: string): Promise<Set<string>> {
  const { rows } = await sql<{ origin: string; last: number }>`
    select origin, max(epoch) as last from outbox_old_epochs where origin <> ${origin} group by origin
  `.execute(db);
  const ids = new Set<string>();
  for (const old of rows) {
    // A desktop that was put back to an older state does not know all of them.
    const newest = Math.max(old.last, await newestEpoch(client, old.origin));
    for (let epoch = 1; epoch <= newest; epoch += 1)
      await addIdsOfEpoch(client, { origin: old.origin, epoch, from: 0 }, ids);
  }
  return ids;
}

const recordSchema = z.object({ unmapped: z.object({ epoch: z.int() }) });

/** The first record of an epoch is about the desktop itself, so that whoever enrolled it may read which epoch it is. */
async function newestEpoch(client: Records, origin: string): Promise<number> {
  const page = await pageOf(client, { origin, after: -1, limit: 1 });
  const record = recordSchema.safeParse(page?.records[0]?.record);
  return record.success ? record.data.unmapped.epoch : 0;
}

async function pageOf(client: Records, query: Parameters<AuditClient['records']>[0]): Promise<Page | null> {
  const page = await client.records(query);
  if (page.ok) return page.value;
  if (page.error.code === 'not_found') return null;
  throw new Error(`the receiver does not show its records: ${page.error.code}`);
}

/** Where the next page begins. Throws for a receiver whose pages never end. */
function pageAfter(after: number, next: number | null): number | null {
  if (next !== null && next <= after) throw new Error('the receiver shows the same records again');
  return next;
}
