// Whether the ledger itself bears out how late it is. A clock that jumped ahead by years would make everything old at once,
// and what is pruned does not come back when somebody puts the clock right.
import { sql } from 'kysely';
import { DAY_MS, type EpochMs } from '#shared/domain/time.ts';
import type { Reader } from '#broker/store.ts';

/** A broker that was off for longer waits a day, as after a jump: the two cannot be told apart. */
const LONGEST_QUIET_MS = 7 * DAY_MS;

/** True when the ledger was written to a day ago or in the week before that: so the last day was lived, not jumped over. */
export async function hasLivedThrough(db: Reader, nowMs: EpochMs): Promise<boolean> {
  const untilMs = nowMs - DAY_MS;
  const { rows } = await sql`
    select 1 from ledger_records where at_ms > ${untilMs - LONGEST_QUIET_MS} and at_ms <= ${untilMs}
    order by sequence desc limit 1
  `.execute(db);
  return rows.length > 0;
}
