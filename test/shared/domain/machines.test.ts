// The three machines against the design's table: every move that it names, and no other.
import { describe, expect, it } from 'vitest';
import { moveGrant, type GrantMove, type GrantState } from '#shared/domain/grant.ts';
import { moveLocalCopy, type LocalCopyMove, type LocalCopyState } from '#shared/domain/local-copy.ts';
import { isRequestOver, moveRequest, type RequestMove, type RequestState } from '#shared/domain/request.ts';
import type { Result } from '#shared/domain/result.ts';

/** One line a state: `state: move → state, …`. Copied from the design, not from the code. */
type Table<S extends string, M extends string> = Readonly<Record<S, Readonly<Partial<Record<M, S>>>>>;

const REQUEST: Table<RequestState, RequestMove> = {
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
const REQUEST_MOVES: readonly RequestMove[] = [
  'approve',
  'reject',
  'withdraw',
  'supersede',
  'lapse',
  'fulfil',
  'revoke',
  'deny',
];

const GRANT: Table<GrantState, GrantMove> = {
  activating: { activate: 'active', start_revoke: 'revoking' },
  active: { start_revoke: 'revoking' },
  revoking: { revoke_done: 'ended', revoke_failed: 'revoke_failed' },
  revoke_failed: { retry_revoke: 'revoking' },
  ended: {},
};
const GRANT_MOVES: readonly GrantMove[] = ['activate', 'start_revoke', 'revoke_done', 'revoke_failed', 'retry_revoke'];

const LOCAL_COPY: Table<LocalCopyState, LocalCopyMove> = {
  // An intent whose answer may have reached the keychain is wiped, not merely abandoned.
  intended: { store: 'stored', abandon: 'abandoned', start_wipe: 'wiping' },
  stored: { start_wipe: 'wiping', find_missing: 'missing' },
  wiping: { wipe_done: 'wiped', wipe_failed: 'wipe_failed' },
  wipe_failed: { start_wipe: 'wiping' },
  abandoned: {},
  missing: {},
  wiped: {},
};
const LOCAL_COPY_MOVES: readonly LocalCopyMove[] = [
  'store',
  'abandon',
  'find_missing',
  'start_wipe',
  'wipe_done',
  'wipe_failed',
];

function matrix<S extends string, M extends string>(
  table: Table<S, M>,
  moves: readonly M[],
): readonly (readonly [S, M, S | null])[] {
  return (Object.keys(table) as S[]).flatMap((from) =>
    moves.map((move) => [from, move, table[from][move] ?? null] as const),
  );
}

function expected<S>(to: S | null, code: string, from: string, move: string): Result<S, unknown> {
  return to === null ? { ok: false, error: { code, from, move } } : { ok: true, value: to };
}

/** Every state that can be reached from here, itself included. */
function reachable<S extends string, M extends string>(table: Table<S, M>, from: S): ReadonlySet<S> {
  const seen = new Set<S>([from]);
  for (const state of seen) for (const to of Object.values(table[state]) as S[]) seen.add(to);
  return seen;
}

describe('a request', () => {
  it.each(matrix(REQUEST, REQUEST_MOVES))('%s, %s: %s', (from, move, to) => {
    expect(moveRequest(from, move)).toEqual(expected(to, 'request_move_refused', from, move));
  });

  it('is over exactly where no move leads on', () => {
    const over = (Object.keys(REQUEST) as RequestState[]).filter(isRequestOver);
    expect(over.sort()).toEqual(['denied', 'fulfilled', 'lapsed', 'rejected', 'revoked', 'superseded', 'withdrawn']);
  });

  it('is never given again once it was taken back, refused or used', () => {
    for (const state of ['denied', 'lapsed', 'rejected', 'revoked', 'superseded', 'withdrawn'] as const)
      expect([...reachable(REQUEST, state)]).toEqual([state]);
    expect(reachable(REQUEST, 'fulfilled').has('approved')).toBe(false);
  });
});

describe('a grant', () => {
  it.each(matrix(GRANT, GRANT_MOVES))('%s, %s: %s', (from, move, to) => {
    expect(moveGrant(from, move)).toEqual(expected(to, 'grant_move_refused', from, move));
  });

  it('whose revoke failed is not over: it can be tried again, for ever, until it has ended', () => {
    expect([...reachable(GRANT, 'revoke_failed')].sort()).toEqual(['ended', 'revoke_failed', 'revoking']);
    expect(GRANT_MOVES.filter((move) => moveGrant('revoke_failed', move).ok)).toEqual(['retry_revoke']);
  });

  it('ends through revoking, from wherever it was, and never becomes active again', () => {
    for (const from of ['activating', 'active'] as const) expect(moveGrant(from, 'revoke_done').ok).toBe(false);
    for (const from of ['revoking', 'revoke_failed', 'ended'] as const)
      expect(reachable(GRANT, from).has('active')).toBe(false);
    expect([...reachable(GRANT, 'ended')]).toEqual(['ended']);
  });
});

describe('a local copy', () => {
  it.each(matrix(LOCAL_COPY, LOCAL_COPY_MOVES))('%s, %s: %s', (from, move, to) => {
    expect(moveLocalCopy(from, move)).toEqual(expected(to, 'local_copy_move_refused', from, move));
  });

  it('whose wipe failed is wiped again, and nothing else', () => {
    expect(LOCAL_COPY_MOVES.filter((move) => moveLocalCopy('wipe_failed', move).ok)).toEqual(['start_wipe']);
  });

  it('that is gone stays gone', () => {
    for (const state of ['wiped', 'missing', 'abandoned'] as const)
      expect([...reachable(LOCAL_COPY, state)]).toEqual([state]);
  });
});
