// What the metrics count of the desktops' logs: never by person or desktop.
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { Reader } from '#broker/store.ts';
import { heldBy, lastHeard } from './last-heard.ts';

/** How many hold access now and have not been heard for so long. */
export async function countSilentWithAccess(db: Reader, nowMs: EpochMs, silentAfterMs: DurationMs): Promise<number> {
  const [heard, held] = await Promise.all([lastHeard(db), heldBy(db)]);
  return [...held].filter(([origin, { sinceMs }]) => nowMs - (heard.get(origin) ?? sinceMs) > silentAfterMs).length;
}

export async function countForks(db: Reader): Promise<number> {
  const { n } = await db
    .selectFrom('desktop_forks')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}

/** By why they follow another part. */
export async function countReopened(db: Reader): Promise<readonly { readonly value: string; readonly n: number }[]> {
  const rows = await db
    .selectFrom('desktop_epochs')
    .select(({ fn }) => ['reason', fn.countAll<number>().as('n')])
    .where('reason', 'is not', null)
    .groupBy('reason')
    .execute();
  return rows.map(({ reason, n }) => ({ value: reason ?? 'unknown', n: Number(n) }));
}
