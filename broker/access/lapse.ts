// A request whose time is over is over by the clock, also when the deadlines have not come by yet (after sleep).
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { closeRequest } from './close.ts';
import type { RequestRow } from './tables.ts';

/** Lapses a request that is due and gives it as it is now. Every step on a request asks this first. */
export async function lapseIfDue(deps: AccessDeps, tx: Tx, row: RequestRow): Promise<RequestRow> {
  const waits = row.state === 'pending' || row.state === 'approved';
  if (!waits || row.lapses_at_ms === null || row.lapses_at_ms > deps.clock.now()) return row;
  return await closeRequest(deps, tx, row, {
    move: 'lapse',
    code: row.state === 'pending' ? 'nobody_answered' : 'not_collected',
    actor: 'broker',
  });
}
