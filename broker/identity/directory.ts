// Who there is. Answers from memory, so that eligibility can be asked again at every step.
import type { DeviceFacts, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { Caller } from './caller.ts';

export type Directory = {
  readonly mode: 'embedded' | 'standalone';
  /** The principal behind a call, or null when the channel proves nobody. */
  readonly authenticate: (caller: Caller) => Principal | null;
  /** The principal as known now, or null when the subject is unknown or disabled. */
  readonly find: (subject: SubjectId) => Principal | null;
  /** Everybody who may be asked to approve. */
  readonly people: () => readonly Principal[];
  /** What the device's enrolment says of it. */
  readonly deviceFacts: () => DeviceFacts;
  readonly holidays: () => readonly string[];
  /** Resources that a service may introspect tokens for. */
  readonly audiences: (subject: SubjectId) => readonly string[];
};
