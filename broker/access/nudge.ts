// The requester reminds the approvers who have not answered: now and then, not as often as they like.
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { AccessDeps } from './access-deps.ts';
import { lapseIfDue } from './lapse.ts';
import { recordRequest } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { changeRequest, findRequest, onFreshRows } from './rows.ts';
import { storedDecision } from './stored.ts';
import type { RequestRow } from './tables.ts';

/**
 * Puts the reminder on record, which tells the approvers. Refuses what waits for nobody (`state_conflict`) and a nudge
 * that comes too soon after the last (`too_early`, with the time). To anybody but the requester there is no such request.
 */
export async function nudgeRequest(
  deps: AccessDeps,
  principal: Principal,
  requestId: string,
): Promise<Result<RequestRow, AccessRefusal>> {
  return await onFreshRows(() =>
    deps.store.transaction(async (tx): Promise<Result<RequestRow, AccessRefusal>> => {
      const found = await findRequest(tx, requestId);
      if (found === undefined || found.subject !== principal.subject) return refuse('not_found', 'No such request.');
      const row = await lapseIfDue(deps, tx, found);
      if (row.state !== 'pending') return refuse('state_conflict', `The request is ${row.state}.`);
      const nudgeAtMs = nextNudge(row, deps.limits.approvals.nudgeEvery);
      if (nudgeAtMs === null) return refuse('state_conflict', 'The request waits for nobody but you.');
      const nowMs = deps.clock.now();
      if (nowMs < nudgeAtMs)
        return refuse('too_early', 'The approvers were reminded a short time ago.', { retryAtMs: nudgeAtMs });
      const nudged = await changeRequest(tx, row, null, { nudged_at_ms: nowMs, reminders: row.reminders + 1 });
      await recordRequest(deps, tx, nudged, {
        kind: 'request.nudged',
        actor: principal.subject,
        data: { count: nudged.reminders },
      });
      return ok(nudged);
    }),
  );
}

/** From when on the requester may remind the approvers; null when nobody is waited for. */
export function nextNudge(row: RequestRow, everyMs: DurationMs): EpochMs | null {
  if (row.state !== 'pending' || storedDecision(row).outcome !== 'needs_approval') return null;
  return row.nudged_at_ms === null ? row.created_at_ms : row.nudged_at_ms + everyMs;
}
