// An emergency access as it begins: on record by an event of its own, which tells everybody concerned at once and makes
// a review due.
import type { Result } from '#shared/domain/result.ts';
import { ok } from '#shared/domain/result.ts';
import type { SubmitBody } from '#shared/contracts/broker-api.ts';
import { raiseFinding } from '#broker/oversight/raise-finding.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { isConcerned } from './asked.ts';
import { recordGrant } from './records.ts';
import { refuse, type AccessRefusal } from './refusal.ts';
import { storedActions, storedDecision } from './stored.ts';
import type { GrantRow, RequestRow } from './tables.ts';

const LEAST_LETTERS = 20;
const LEAST_DIFFERENT = 8;

/** An emergency says why in words that a reviewer can use: some length, and not one key held down. */
export function checkEmergencyReason({ breakGlass, justification }: SubmitBody): Result<null, AccessRefusal> {
  if (!breakGlass) return ok(null);
  const letters = justification.toLowerCase().match(/[\p{L}\p{N}]/gu) ?? [];
  if (letters.length >= LEAST_LETTERS && new Set(letters).size >= LEAST_DIFFERENT) return ok(null);
  return refuse('invalid_request', `Emergency access needs a justification of at least ${LEAST_LETTERS} letters.`);
}

/** An emergency is now, and never more of what is there already. */
export function checkEmergencyShape({
  breakGlass,
  extends: extended,
  startAt,
}: SubmitBody): Result<null, AccessRefusal> {
  if (!breakGlass || (extended === undefined && startAt === undefined)) return ok(null);
  return extended === undefined
    ? refuse('invalid_request', 'Emergency access begins now; it has no startAt.')
    : refuse('invalid_request', 'Emergency access is never extended; ask for an ordinary extension.');
}

/** In the transaction that begins the grant. */
export async function recordBrokenGlass(deps: AccessDeps, tx: Tx, row: RequestRow, grant: GrantRow): Promise<void> {
  if (row.break_glass !== 1) return;
  await raiseFinding(deps, tx, grant, { deviation: 'break_glass', facts: {} });
  const told = deps.directory.people().filter((principal) => isConcerned(deps, row, principal));
  await recordGrant(deps, tx, grant, {
    kind: 'grant.broke_glass',
    actor: row.subject,
    data: {
      actions: storedActions(grant),
      endsAtMs: grant.ends_at_ms,
      policies: storedDecision(row).reasons.map(({ policyId }) => policyId),
      told: new Set(told.map(({ person }) => person)).size,
    },
  });
}
