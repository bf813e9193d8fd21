// The receiver lost records whose bodies are pruned here: nobody can give them again. On record, and an alarm that a
// person ends; never a reason to stop sending.
import { sql } from 'kysely';
import type { OutboxEvent } from '#shared/domain/audit-event.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { ofDesktop } from './keep-watched.ts';
import type { OutboxTx } from './outbox.ts';
import { type Counted, readKnown, writeKnown } from './sync-row.ts';

/** The alarm's code, one of `LEDGER_ALARMS`. Another that stands stays: it is looked at by the same person. */
const RECORDS_LOST = 'records_lost';

/** Of which of these ids the loss was not told yet; from now on it is. */
export async function newlyLost(tx: OutboxTx, ids: ReadonlySet<string>): Promise<number> {
  let found = 0;
  for (const uid of ids) {
    const { rows } = await sql`
      update outbox_pruned set lost = 1 where uid = ${uid} and lost = 0 returning uid
    `.execute(tx);
    if (rows.length > 0) found += 1;
  }
  return found;
}

/** Raises the alarm, counted in this epoch, and gives the event to be written in the same transaction. */
export async function alarmOfLoss(
  tx: OutboxTx,
  counted: Counted,
  records: number,
  atMs: EpochMs,
): Promise<OutboxEvent> {
  const known = await readKnown(tx, counted);
  await writeKnown(tx, counted, { ...known, alarm: known.alarm ?? RECORDS_LOST });
  return { ...ofDesktop(atMs), outcome: 'failure', kind: 'log.records_lost', data: { records } };
}
