// Who there is. `authenticate` brings the memory up to date; all else answers from it, so that eligibility can be asked
// again at every step.
import type { DeviceFacts, DeviceId, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { Caller } from './caller.ts';

/** `unavailable`: nobody can tell at this moment, so nobody is let in. */
export type NotAuthenticated = 'no_credentials' | 'invalid_token' | 'disabled' | 'unavailable';

/** What an access token says of the call that it came with. */
export type TokenFacts = {
  /** SHA-256 of the token, base64url: what `ath` of a DPoP proof must be (RFC 9449 section 4.3). */
  readonly hash: string;
  /** The one key whose proof must come with the token (`cnf.jkt`), or null for a token that whoever holds it may use. */
  readonly boundTo: DeviceId | null;
  /** An answer that goes on for longer, such as a stream of events, ends here: the caller has to prove itself again. */
  readonly goodUntilMs: EpochMs;
};

/** The principal behind one call. `authenticatedAtMs` is what this very call proved. */
export type Authenticated = Principal & {
  /** Null where the channel itself is the proof (embedded). */
  readonly token: TokenFacts | null;
};

/** One account as oversight sees it, also one that was disabled. Never to decide access by: `find` is. */
export type Account = {
  readonly principal: Principal;
  /** Null when nobody kept that. */
  readonly lastSeenAtMs: EpochMs | null;
  readonly disabled: boolean;
};

export type Directory = {
  readonly mode: 'embedded' | 'standalone';
  /** The principal behind a call, or why the channel proves nobody. */
  readonly authenticate: (caller: Caller) => Promise<Result<Authenticated, NotAuthenticated>>;
  /** Brings the memory up to date with what other replicas have stored. Throws when the store cannot be read. */
  readonly refresh: () => Promise<void>;
  /** Tells, after it happened, that somebody may have come, changed or been disabled. Gives the way to stop. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Whether callers can be recognised at this moment. */
  readonly isReady: () => Promise<boolean>;
  /** How recent a sign-in must be to approve what is confidential or above; null: it is never demanded (embedded). */
  readonly freshSignInMs: DurationMs | null;
  /** Grants end when their subject has not proven itself anew for so long; null: disabling is told in another way. */
  readonly reproveWithinMs: DurationMs | null;
  /** The principal as known now, or null when the subject is unknown or disabled. When it signed in is not known here. */
  readonly find: (subject: SubjectId) => Principal | null;
  /** Everybody who may be asked to approve. */
  readonly people: () => readonly Principal[];
  /** Every account that was ever known, services too. */
  readonly accounts: () => readonly Account[];
  /** What is known of the device: by its enrolment (embedded: by the configuration). */
  readonly deviceFacts: (device: DeviceId | null) => DeviceFacts;
  readonly holidays: () => readonly string[];
  /** Resources that a service may introspect tokens for. */
  readonly audiences: (subject: SubjectId) => readonly string[];
  /** Whether it may tell who works here and what is true of their devices. */
  readonly mayProvision: (subject: SubjectId) => boolean;
};
