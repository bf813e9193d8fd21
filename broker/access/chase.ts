// What happens to a request that nobody answers: its approvers are reminded, then more people are asked. Each step is
// one compare-and-set on the row, so that of several replicas one does it, once, and a closed request gets none.
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { approvalRules, nextReminder } from './approval-rules.ts';
import { askedPeople } from './asked.ts';
import { lapseIfDue } from './lapse.ts';
import { recordRequest } from './records.ts';
import { changeRequest, findRequest, onFreshRows } from './rows.ts';
import { storedGroups } from './stored.ts';
import type { RequestRow } from './tables.ts';

/** Requests with a reminder or an escalation that is due. */
export async function dueForChase(deps: AccessDeps): Promise<readonly { readonly id: string }[]> {
  const nowMs = deps.clock.now();
  const due = await deps.store.read
    .selectFrom('requests')
    .select('id')
    .where('state', '=', 'pending')
    .where((eb) => eb.or([eb('remind_at_ms', '<=', nowMs), eb('escalate_at_ms', '<=', nowMs)]))
    .execute();
  // Who there is may have changed on another replica since this one was last called.
  if (due.length > 0) await deps.directory.refresh();
  return due;
}

/** Reminds and escalates one request, as far as that is due. Again is nothing. */
export async function chaseRequest(deps: AccessDeps, requestId: string): Promise<void> {
  await onFreshRows(() =>
    deps.store.transaction(async (tx) => {
      const found = await findRequest(tx, requestId);
      if (found === undefined) return;
      const row = await lapseIfDue(deps, tx, found);
      if (row.state === 'pending') await escalate(deps, tx, await remind(deps, tx, row));
    }),
  );
}

async function remind(deps: AccessDeps, tx: Tx, row: RequestRow): Promise<RequestRow> {
  const nowMs = deps.clock.now();
  if (row.remind_at_ms === null || row.remind_at_ms > nowMs) return row;
  const resource = deps.snapshot().resource(row.resource);
  const next =
    resource === null ? null : nextReminder(approvalRules(resource, deps.limits.approvals), row.created_at_ms, nowMs);
  const reminded = await changeRequest(tx, row, null, { remind_at_ms: next, reminders: row.reminders + 1 });
  await recordRequest(deps, tx, reminded, {
    kind: 'request.reminded',
    actor: 'broker',
    data: { count: reminded.reminders },
  });
  return reminded;
}

/** Widens who is asked, and nothing else: how many it takes, and whether an owner, is asked of policy at each answer. */
async function escalate(deps: AccessDeps, tx: Tx, row: RequestRow): Promise<RequestRow> {
  const nowMs = deps.clock.now();
  if (row.escalate_at_ms === null || row.escalate_at_ms > nowMs) return row;
  const before = new Set(askedPeople(deps, row).map(({ person }) => person));
  const escalated = await changeRequest(tx, row, null, { escalate_at_ms: null, escalated_at_ms: nowMs });
  const added = askedPeople(deps, escalated).filter(({ person }) => !before.has(person));
  await recordRequest(deps, tx, escalated, {
    kind: 'request.escalated',
    actor: 'broker',
    data: { to: storedGroups(row), asked: added.length },
  });
  return escalated;
}
