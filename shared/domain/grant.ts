// The grant's life. A failed revoke is a state, never a log line, and it never counts as ended.
import { err, ok, type Result } from './result.ts';
import type { DurationMs, EpochMs } from './time.ts';

export type GrantState = 'activating' | 'active' | 'revoking' | 'revoke_failed' | 'ended';

export type EndReason =
  | 'expired'
  | 'released'
  | 'revoked'
  | 'replaced'
  | 'activation_failed'
  | 'subject_disabled'
  /** Who holds it did not prove themselves again in time. */
  | 'subject_unproven'
  | 'operation_done';

export type GrantMove = 'activate' | 'start_revoke' | 'revoke_done' | 'revoke_failed' | 'retry_revoke';

export type GrantMoveRefused = {
  readonly code: 'grant_move_refused';
  readonly from: GrantState;
  readonly move: GrantMove;
};

/** Proof that the credential stopped working: when it was revoked, when that was checked, and how long it took. */
export type EndReceipt = {
  readonly revokedAtMs: EpochMs;
  readonly checkedAtMs: EpochMs;
  /** From the moment the end was due or asked for to the check that found the credential refused. */
  readonly lagMs: DurationMs;
};

/**
 * How a grant that ends early stops working: `instant` at the next call, `bounded` within a known time,
 * `expiry_only` not before its own expiry (a verifier that only reads the JWKS).
 */
export type RevokeClass =
  | { readonly kind: 'instant' }
  | { readonly kind: 'bounded'; readonly withinMs: DurationMs }
  | { readonly kind: 'expiry_only' };

const MOVES: Readonly<Record<GrantState, Readonly<Partial<Record<GrantMove, GrantState>>>>> = {
  activating: { activate: 'active', start_revoke: 'revoking' },
  active: { start_revoke: 'revoking' },
  revoking: { revoke_done: 'ended', revoke_failed: 'revoke_failed' },
  revoke_failed: { retry_revoke: 'revoking' },
  ended: {},
};

export function moveGrant(from: GrantState, move: GrantMove): Result<GrantState, GrantMoveRefused> {
  const to = MOVES[from][move];
  return to === undefined ? err({ code: 'grant_move_refused', from, move }) : ok(to);
}
