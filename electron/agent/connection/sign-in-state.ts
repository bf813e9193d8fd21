// How a person stands towards a team's broker: signed in or out, and the one attempt that may be under way. Pure.
// An attempt never takes away what is there: only a sign-out, the provider's word or another account's sign-in does.
import type { SignInState } from '#shared/contracts/desktop/connection.ts';
import { assertNever, err, ok, type Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';

/** Who signed in, as the provider names them: (issuer, subject) is the account, the name is for people. */
export type Account = {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string;
};

export type SignedOutWhy = Extract<SignInState, { kind: 'signed_out' }>['why'];

export type Session =
  | { readonly kind: 'out'; readonly why: SignedOutWhy }
  /** `provedAtMs`: when the person last proved themselves, as the provider said; null when it did not say. */
  | { readonly kind: 'in'; readonly account: Account; readonly provedAtMs: EpochMs | null };

export type Attempt = {
  readonly id: number;
  readonly sinceMs: EpochMs;
  /** Who has to prove themselves again; null: anybody may sign in. */
  readonly again: Account | null;
  /** Known once the provider has given it, for a sign-in by code. */
  readonly code: { readonly userCode: string; readonly url: string; readonly expiresAtMs: EpochMs } | null;
};

export type Standing = {
  readonly session: Session;
  readonly attempt: Attempt | null;
  /** Why the last attempt failed, until the next one or until it is put away. */
  readonly failure: string | null;
};

export type SignInEvent =
  | { readonly kind: 'begin'; readonly id: number; readonly sinceMs: EpochMs; readonly fresh: boolean }
  | { readonly kind: 'code'; readonly id: number; readonly code: NonNullable<Attempt['code']> }
  | {
      readonly kind: 'granted';
      readonly id: number;
      readonly account: Account;
      readonly provedAtMs: EpochMs | null;
    }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string }
  | { readonly kind: 'cancel' }
  /** The provider or the broker takes the sign-in back. */
  | { readonly kind: 'ended'; readonly why: 'expired' | 'refused' }
  | { readonly kind: 'sign_out' };

/** `busy`: one attempt at a time. `nobody`: to prove oneself again one must be signed in. `over`: that attempt is no more. */
export type SignInRefused = 'busy' | 'nobody' | 'over' | 'another_account' | 'not_fresh';

/** The provider's clock and ours are not one. */
const SKEW_MS: DurationMs = 60_000;

export function firstStanding(session: Session): Standing {
  return { session, attempt: null, failure: null };
}

/**
 * Gives the next standing. A refused event changes nothing, but `granted` refused as `another_account` or `not_fresh`:
 * then the attempt has to be ended with `failed`, and what was granted thrown away.
 */
export function moveSignIn(standing: Standing, event: SignInEvent): Result<Standing, SignInRefused> {
  const { session, attempt } = standing;
  switch (event.kind) {
    case 'begin':
      if (attempt !== null) return err('busy');
      if (event.fresh && session.kind === 'out') return err('nobody');
      return ok({ session, failure: null, attempt: begun(session, event) });
    case 'code':
      return attempt?.id === event.id ? ok({ ...standing, attempt: { ...attempt, code: event.code } }) : err('over');
    case 'granted':
      return attempt?.id === event.id ? granted(attempt, event) : err('over');
    case 'failed':
      return attempt?.id === event.id ? ok({ session, attempt: null, failure: event.code }) : err('over');
    case 'cancel':
      return ok(firstStanding(session));
    case 'ended':
      // An attempt goes on: it may be just what is needed now.
      return session.kind === 'in' ? ok({ ...standing, session: { kind: 'out', why: event.why } }) : ok(standing);
    case 'sign_out':
      return ok(firstStanding({ kind: 'out', why: 'signed_out' }));
    default:
      return assertNever(event);
  }
}

function granted(
  attempt: Attempt,
  { account, provedAtMs }: Extract<SignInEvent, { kind: 'granted' }>,
): Result<Standing, SignInRefused> {
  if (attempt.again !== null) {
    if (!isSameAccount(attempt.again, account)) return err('another_account');
    if (provedAtMs === null || provedAtMs < attempt.sinceMs - SKEW_MS) return err('not_fresh');
  }
  return ok(firstStanding({ kind: 'in', account, provedAtMs }));
}

export function isSignedInAs({ session }: Standing, account: Account): boolean {
  return session.kind !== 'out' && isSameAccount(session.account, account);
}

export function isSameAccount(one: Account, other: Account): boolean {
  return one.issuer === other.issuer && one.subject === other.subject;
}

/** As the window shows it. `freshForMs`: how long a proof counts as recent. */
export function signInView(standing: Standing, nowMs: EpochMs, freshForMs: DurationMs): SignInState {
  const { session, attempt, failure } = standing;
  if (attempt !== null) {
    const { sinceMs, again, code } = attempt;
    const fresh = again !== null;
    if (code === null) return { kind: 'in_browser', sinceMs, fresh };
    const { userCode, url: verificationUrl, expiresAtMs } = code;
    return { kind: 'device_code', userCode, verificationUrl, expiresAtMs, fresh };
  }
  if (failure !== null) return { kind: 'failed', code: failure };
  if (session.kind === 'out') return { kind: 'signed_out', why: session.why };
  const untilMs = session.provedAtMs === null ? null : session.provedAtMs + freshForMs;
  return {
    kind: 'signed_in',
    name: session.account.name,
    freshUntilMs: untilMs !== null && untilMs > nowMs ? untilMs : null,
  };
}

function begun(session: Session, { id, sinceMs, fresh }: Extract<SignInEvent, { kind: 'begin' }>): Attempt {
  return { id, sinceMs, again: fresh && session.kind === 'in' ? session.account : null, code: null };
}
