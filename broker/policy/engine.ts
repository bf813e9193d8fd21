// What the rest of the broker knows of policy: plain facts in, a decision out. No I/O and no clock behind it.
import type { Resource } from '#shared/contracts/catalog.ts';
import type { CountedApproval, Decision, DenialCode, Reason } from '#shared/domain/decision.ts';
import type { DeviceFacts, Principal } from '#shared/domain/identity.ts';
import type { DurationMs, EpochMs } from '#shared/domain/time.ts';

/** What the requester merely says. It reaches policy under `context.claimed` and lifts no guard by itself. */
export type Claimed = { readonly purpose: string; readonly ticket: string | null };

/** What the broker knows by itself; null means that nobody proved it, and unknown denies. */
export type Facts = {
  readonly nowMs: EpochMs;
  readonly device: DeviceFacts;
  /** Address of the socket (or of a configured proxy's client), null when there is none (embedded). */
  readonly networkAddress: string | null;
  /** Dates (`2026-12-25`) that count as holidays in the requester's zone. */
  readonly holidays: readonly string[];
  /** Time that this subject already held this resource in the last 30 days. */
  readonly heldMs: DurationMs;
};

export type Question = {
  readonly requester: Principal;
  readonly resource: Resource;
  readonly actions: readonly string[];
  /** Time asked for; of an extension the time that it adds. */
  readonly durationMs: DurationMs;
  readonly claimed: Claimed;
  readonly facts: Facts;
  /** Set when the request extends a grant: the time from that grant's start to the new end. */
  readonly extension: { readonly totalMs: DurationMs } | null;
  /** Embedded mode knows self-confirmation; standalone never does. */
  readonly mode: 'embedded' | 'standalone';
  /** An emergency: only `@breakGlass` policies permit it, and no person is asked. */
  readonly breakGlass: boolean;
};

/** The approvals and the confirmation that a request really has. */
export type Standing = { readonly approvals: readonly CountedApproval[]; readonly selfConfirmed: boolean };

export type Verdict =
  | { readonly allowed: true; readonly reasons: readonly Reason[] }
  | {
      readonly allowed: false;
      readonly code: DenialCode;
      readonly reasons: readonly Reason[];
      readonly missingFacts: readonly string[];
      readonly evaluationError: boolean;
    };

export type PolicyEngine = {
  /** SHA-256 (hex) of the policies and the schema: what a grant pins. */
  readonly policyHash: string;
  /**
   * The actions that the requester could ever be allowed: what `GET /v1/catalog` shows. Guards on circumstances
   * (device, hour, sign-in, duration) hide nothing; claims are tried, approvals supposed, other facts are as given.
   */
  readonly eligible: (
    requester: Principal,
    resource: Resource,
    facts: Facts,
    mode: Question['mode'],
  ) => readonly string[];
  /** The same for an emergency. */
  readonly eligibleInEmergency: (requester: Principal, resource: Resource, facts: Facts) => readonly string[];
  /** What it would take, by probing from no approvals upwards. `people` is everybody who may be asked. */
  readonly decide: (question: Question, people: readonly Principal[]) => Decision;
  /** Whether the request is allowed as it stands now. The same evaluation that `decide` probes with. */
  readonly enforce: (question: Question, standing: Standing) => Verdict;
  /** Whether this principal may approve this request. The requester never may, whatever the policies say. */
  readonly mayApprove: (approver: Principal, question: Question) => boolean;
};
