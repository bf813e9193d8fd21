// Ends a request without a grant: rejected, withdrawn, lapsed, revoked, or denied by a re-check. Always recorded.
import type { Decision } from '#shared/domain/decision.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { RequestMove, RequestState } from '#shared/domain/request.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { recordDecision, recordRequest } from './records.ts';
import { changeRequest } from './rows.ts';
import type { RequestRow } from './tables.ts';

type ClosingMove = Exclude<RequestMove, 'approve' | 'fulfil'>;
type ClosedState = Exclude<RequestState, 'pending' | 'approved' | 'fulfilled'>;

const CLOSED: Readonly<Record<ClosingMove, ClosedState>> = {
  reject: 'rejected',
  withdraw: 'withdrawn',
  supersede: 'superseded',
  lapse: 'lapsed',
  revoke: 'revoked',
  deny: 'denied',
};

type Closing = {
  readonly move: ClosingMove;
  readonly code: string | null;
  /** For the requester to read. */
  readonly reason?: string;
  readonly actor: SubjectId | 'broker';
  /** The decision of a re-check, which is recorded too. */
  readonly decision?: Decision;
  readonly stage?: 'answer' | 'collect';
  readonly words?: { readonly of: SubjectId; readonly text: Readonly<Record<string, string>> };
};

export async function closeRequest(deps: AccessDeps, tx: Tx, row: RequestRow, closing: Closing): Promise<RequestRow> {
  const closed = await changeRequest(tx, row, closing.move, {
    closed_at_ms: deps.clock.now(),
    close_code: closing.code,
    close_reason: closing.reason ?? null,
    closed_by: closing.actor === 'broker' ? null : closing.actor,
    lapses_at_ms: null,
    network_address: null,
  });
  const { decision } = closing;
  if (decision !== undefined) await recordDecision(deps, tx, closed, decision, closing.stage ?? 'answer');
  await recordRequest(deps, tx, closed, {
    kind: 'request.closed',
    actor: closing.actor,
    outcome: closing.move === 'deny' ? 'failure' : 'success',
    data: { state: CLOSED[closing.move], code: closing.code },
    ...(closing.words === undefined ? {} : { words: closing.words }),
  });
  return closed;
}
