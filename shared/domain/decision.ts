// What policy says to a request, in plain data. The preview and the enforcement are the same value.
import type { PersonId, SubjectId } from './identity.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** One policy that shaped the decision. */
export type Reason = {
  readonly policyId: string;
  /** The policy's `@title`: what a person reads. */
  readonly title: string;
  /** The policy's `@fix`: what would lift it (`approvals`, `duration`, `device`, `mfa`, `confirmation`, …), or null. */
  readonly fix: string | null;
};

/** How many distinct people must approve, and whether one of them must come from an owner group. */
export type NeededApprovals = { readonly count: number; readonly owner: boolean };

export type EligibleApprover = {
  readonly subject: SubjectId;
  readonly person: PersonId;
  readonly name: string;
  readonly owner: boolean;
};

/** A smaller request that would not be denied. */
export type CounterOffer = {
  readonly durationMs: DurationMs;
  readonly outcome: 'approved' | 'needs_approval' | 'needs_confirmation';
};

export type DenialCode =
  | 'not_eligible'
  | 'guardrail'
  | 'fact_missing'
  | 'evaluation_error'
  | 'no_eligible_approver'
  | 'over_max_duration'
  /** Somebody said no to the same lately, or an emergency access to it ended lately. */
  | 'cooldown';

export type Decision = { readonly policyHash: string; readonly reasons: readonly Reason[] } & (
  | { readonly outcome: 'approved' }
  | {
      readonly outcome: 'needs_approval';
      readonly needed: NeededApprovals;
      readonly approvers: readonly EligibleApprover[];
    }
  | { readonly outcome: 'needs_confirmation' }
  | {
      readonly outcome: 'denied';
      readonly code: DenialCode;
      /** Facts that nobody proved and that a guard asked for, as `mfaAge` or `device.country`. */
      readonly missingFacts: readonly string[];
      readonly counterOffer: CounterOffer | null;
      /** For `cooldown`: when it may be asked again; null while that is not known. */
      readonly retryAtMs: EpochMs | null;
    }
);

/** One approval that counts: already checked for eligibility and for distinct people. */
export type CountedApproval = { readonly subject: SubjectId; readonly person: PersonId; readonly owner: boolean };
