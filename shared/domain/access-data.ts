// What the ledger keeps of the main job: what was asked, decided, approved, given, used and ended. A part of audit-event.ts.
import type { Decision, NeededApprovals } from './decision.ts';
import type { EndReason, EndReceipt, RevokeClass } from './grant.ts';
import type { DeviceId } from './identity.ts';
import type { DurationMs, EpochMs } from './time.ts';

/** Each kind of event about access, and what it adds to the common fields. */
export type AccessData = {
  'request.submitted': {
    readonly actions: readonly string[];
    readonly purpose: string;
    readonly durationMs: DurationMs;
    readonly scopeHash: string;
    readonly device: DeviceId;
    readonly startAtMs: EpochMs | null;
    readonly extendsGrant: string | null;
    readonly bundleId: string | null;
    readonly breakGlass: boolean;
  };
  'request.decided': {
    readonly outcome: Decision['outcome'];
    readonly code: string | null;
    readonly policies: readonly string[];
    readonly policyHash: string;
    readonly needed: NeededApprovals | null;
    /** Whether the facts behind the decision were proven or only asserted (embedded). */
    readonly provenance: 'verified' | 'asserted';
    readonly stage: 'submit' | 'answer' | 'collect';
  };
  /** The requester brought it to the approvers' minds. */
  'request.nudged': { readonly count: number };
  /** Policy did. */
  'request.reminded': { readonly count: number };
  /** Nobody settled it in time: these groups are asked as well, so many people of them. */
  'request.escalated': { readonly to: readonly string[]; readonly asked: number };
  'approval.answered': {
    readonly answer: 'approve' | 'reject';
    readonly scopeHash: string;
    readonly narrowedTo: string | null;
    /** When the approver had signed in, as the token of the answer said; null where nobody signs in (embedded). */
    readonly signedInAtMs: EpochMs | null;
  };
  'approval.refused': { readonly code: string };
  /** The requester confirmed to themselves: never an approval. */
  'request.self_confirmed': { readonly scopeHash: string };
  'request.approved': { readonly scopeHash: string };
  'request.closed': {
    readonly state: 'rejected' | 'withdrawn' | 'superseded' | 'lapsed' | 'denied' | 'revoked';
    readonly code: string | null;
  };
  'grant.issued': {
    readonly actions: readonly string[];
    readonly endsAtMs: EpochMs;
    readonly credential: string;
    readonly issuer: string;
    readonly policyHash: string;
    readonly revokeClass: RevokeClass['kind'];
    readonly extendsGrant: string | null;
  };
  /** Access that nobody approved, in an emergency: so many people are told, and it is to be reviewed. */
  'grant.broke_glass': {
    readonly actions: readonly string[];
    readonly endsAtMs: EpochMs;
    readonly policies: readonly string[];
    readonly told: number;
  };
  'grant.reissued': { readonly credential: string; readonly replaced: string; readonly endsAtMs: EpochMs };
  'grant.revoking': { readonly reason: EndReason };
  'grant.revoke_failed': { readonly attempt: number; readonly code: string };
  'grant.ended': { readonly reason: EndReason; readonly receipt: EndReceipt };
  'credential.revoked': { readonly credential: string };
  'use.started': {
    readonly credential: string;
    readonly action: string;
    readonly method: string;
    readonly useId: string;
  };
  'use.finished': {
    readonly useId: string;
    readonly status: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly masked: boolean;
  };
  /** The gateway cut the call (the grant ended), lost its upstream, or the broker died during it. */
  'use.interrupted': {
    readonly useId: string;
    readonly code: string;
    /** Null after a crash: then nobody knows. */
    readonly bytesIn: number | null;
    readonly bytesOut: number | null;
    /** Counts as the one call of a grant that ends with its operation. */
    readonly spent: boolean;
  };
  'use.refused': { readonly code: string; readonly method: string };
};
