// The request's life. A request never changes what it asks; only its state moves, by this table and no other way.
import { err, ok, type Result } from './result.ts';

export type RequestState =
  | 'pending'
  | 'approved'
  | 'rejected'
  | 'withdrawn'
  | 'superseded'
  | 'lapsed'
  | 'denied'
  | 'fulfilled'
  | 'revoked';

export type RequestMove = 'approve' | 'reject' | 'withdraw' | 'supersede' | 'lapse' | 'fulfil' | 'revoke' | 'deny';

export type RequestMoveRefused = {
  readonly code: 'request_move_refused';
  readonly from: RequestState;
  readonly move: RequestMove;
};

const MOVES: Readonly<Record<RequestState, Readonly<Partial<Record<RequestMove, RequestState>>>>> = {
  pending: {
    approve: 'approved',
    reject: 'rejected',
    withdraw: 'withdrawn',
    supersede: 'superseded',
    lapse: 'lapsed',
    deny: 'denied',
  },
  approved: { fulfil: 'fulfilled', withdraw: 'withdrawn', revoke: 'revoked', deny: 'denied', lapse: 'lapsed' },
  rejected: {},
  withdrawn: {},
  superseded: {},
  lapsed: {},
  denied: {},
  fulfilled: {},
  revoked: {},
};

export function moveRequest(from: RequestState, move: RequestMove): Result<RequestState, RequestMoveRefused> {
  const to = MOVES[from][move];
  return to === undefined ? err({ code: 'request_move_refused', from, move }) : ok(to);
}

/** True when no move leads out of the state. */
export function isRequestOver(state: RequestState): boolean {
  return Object.keys(MOVES[state]).length === 0;
}
