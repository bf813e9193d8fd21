// Who there is. `authenticate` brings the memory up to date; all else answers from it, so that eligibility can be asked
// again at every step.
import type { DeviceFacts, DeviceId, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { Result } from '#shared/domain/result.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';
import type { Caller } from './caller.ts';

/** `unavailable`: nobody can tell at this moment, so nobody is let in. */
export type NotAuthenticated = 'no_credentials' | 'invalid_token' | 'disabled' | 'unavailable';

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
  readonly authenticate: (caller: Caller) => Promise<Result<Principal, NotAuthenticated>>;
  /** How recent a sign-in must be to approve what is confidential or above; null: it is never demanded (embedded). */
  readonly freshSignInMs: DurationMs | null;
  /** The principal as known now, or null when the subject is unknown or disabled. */
  readonly find: (subject: SubjectId) => Principal | null;
  /** Everybody who may be asked to approve. */
  readonly people: () => readonly Principal[];
  /** Every account that was ever known, services too. */
  readonly accounts: () => readonly Account[];
  /** What the device's enrolment says of it. */
  readonly deviceFacts: (device: DeviceId | null) => DeviceFacts;
  readonly holidays: () => readonly string[];
  /** Resources that a service may introspect tokens for. */
  readonly audiences: (subject: SubjectId) => readonly string[];
};
