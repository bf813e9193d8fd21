// The life of a credential on this machine, from the intent to hold it to the check that it is gone.
import { err, ok, type Result } from './result.ts';

export type LocalCopyState = 'intended' | 'stored' | 'abandoned' | 'missing' | 'wiping' | 'wiped' | 'wipe_failed';

export type LocalCopyMove = 'store' | 'abandon' | 'find_missing' | 'start_wipe' | 'wipe_done' | 'wipe_failed';

export type LocalCopyMoveRefused = {
  readonly code: 'local_copy_move_refused';
  readonly from: LocalCopyState;
  readonly move: LocalCopyMove;
};

const MOVES: Readonly<Record<LocalCopyState, Readonly<Partial<Record<LocalCopyMove, LocalCopyState>>>>> = {
  intended: { store: 'stored', abandon: 'abandoned', start_wipe: 'wiping' },
  stored: { start_wipe: 'wiping', find_missing: 'missing' },
  wiping: { wipe_done: 'wiped', wipe_failed: 'wipe_failed' },
  wipe_failed: { start_wipe: 'wiping' },
  abandoned: {},
  missing: {},
  wiped: {},
};

export function moveLocalCopy(from: LocalCopyState, move: LocalCopyMove): Result<LocalCopyState, LocalCopyMoveRefused> {
  const to = MOVES[from][move];
  return to === undefined ? err({ code: 'local_copy_move_refused', from, move }) : ok(to);
}
