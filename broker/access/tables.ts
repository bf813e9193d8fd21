// Tables of requests, approvals, grants and credentials. No secret is in any column.
import type { RequestState } from '#shared/domain/request.ts';
import type { EndReason, GrantState } from '#shared/domain/grant.ts';

export type RequestRow = {
  id: string;
  version: number;
  state: RequestState;
  close_code: string | null;
  subject: string;
  device: string;
  resource: string;
  /** JSON: the actions and duration as asked. */
  asked: string;
  /** JSON `Scope` that stands after narrowing; `scope_hash` is its hash. */
  scope: string;
  scope_hash: string;
  purpose: string;
  justification: string;
  ticket: string | null;
  ends_with: 'operation' | null;
  extends_grant: string | null;
  bundle_id: string | null;
  /** JSON `Decision` taken at submission. */
  decision: string;
  /** Approvals that an extension needs beyond what policy says (JSON `NeededApprovals`), or null. */
  floor: string | null;
  self_confirmed: number;
  provenance: 'verified' | 'asserted';
  /** From where it was submitted, while it is open: a policy may look at the network. */
  network_address: string | null;
  /** When the requester had signed in, by the token of the submission. */
  auth_time_ms: number | null;
  /** 1: taken in an emergency. */
  break_glass: number;
  nudged_at_ms: number | null;
  /** By requester and policy. */
  reminders: number;
  /** When the approvers are reminded next, while it is pending. */
  remind_at_ms: number | null;
  /** When the groups of `escalate_to` (JSON list) are asked as well; they are held back until `escalated_at_ms`. */
  escalate_at_ms: number | null;
  escalate_to: string;
  escalated_at_ms: number | null;
  /** What whoever took it back wrote. */
  close_reason: string | null;
  /** Who closed it; null: the broker by itself. */
  closed_by: string | null;
  created_at_ms: number;
  approved_at_ms: number | null;
  closed_at_ms: number | null;
  lapses_at_ms: number | null;
  grant_id: string | null;
  /** When retention forgot what people wrote about it. */
  words_pruned_at_ms: number | null;
};

export type ApprovalRow = {
  id: string;
  request_id: string;
  subject: string;
  person: string;
  answer: 'approve' | 'reject';
  scope_hash: string;
  /** JSON `Scope` that this answer approved. */
  scope: string;
  reason: string | null;
  /** When the approver had signed in, by the token of this answer. */
  auth_time_ms: number | null;
  created_at_ms: number;
};

export type GrantRow = {
  id: string;
  version: number;
  state: GrantState;
  request_id: string;
  subject: string;
  device: string;
  resource: string;
  /** JSON list. */
  actions: string;
  /** What the scope pinned of the catalog entry. */
  catalog_hash: string;
  collect_id: string;
  policy_hash: string;
  extends_grant: string | null;
  /** Start of the first grant of a chain of extensions. */
  chain_started_at_ms: number;
  ends_with: 'operation' | null;
  /** 1: taken in an emergency; a review is due until an owner clears it. */
  break_glass: number;
  starts_at_ms: number;
  ends_at_ms: number;
  /** When the grant was activating: the moment after which it is undone. */
  activate_by_ms: number;
  end_reason: EndReason | null;
  /** Who ended it; null: the broker by itself. */
  ended_by: string | null;
  /** What they wrote for its holder. */
  end_words: string | null;
  /** When the end was due or asked for: what the receipt's lag counts from. */
  end_due_at_ms: number | null;
  /** JSON `EndReceipt`. */
  receipt: string | null;
  revoke_attempts: number;
  retry_at_ms: number | null;
  ended_at_ms: number | null;
  /** When what was unusual about it was written down; null: not yet. */
  examined_at_ms: number | null;
};

export type CredentialRow = {
  id: string;
  grant_id: string;
  issuer: string;
  state: 'intended' | 'issued' | 'revoked';
  /** Keyed hash of the credential: tells a found one from another without keeping it. */
  fingerprint: string | null;
  expires_at_ms: number;
  created_at_ms: number;
  revoked_at_ms: number | null;
};

export type IdempotencyRow = {
  subject: string;
  route: string;
  key: string;
  body_hash: string;
  request_id: string;
  created_at_ms: number;
};

export type AccessTables = {
  requests: RequestRow;
  approvals: ApprovalRow;
  grants: GrantRow;
  credentials: CredentialRow;
  idempotency: IdempotencyRow;
};
