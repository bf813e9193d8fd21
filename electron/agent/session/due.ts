// What has to be read again from the broker: gathered from events, so that a burst of them costs one reading.
import type { BrokerEvent } from '#shared/contracts/broker-api.ts';

export type Due = {
  everything: boolean;
  approvals: boolean;
  /** Emergency access of others. */
  emergencies: boolean;
  readonly requests: Set<string>;
  readonly grants: Set<string>;
  /** Puts later marks into this one. */
  readonly merge: (later: Due) => Due;
};

export function emptyDue(): Due {
  const due: Due = {
    everything: false,
    approvals: false,
    emergencies: false,
    requests: new Set(),
    grants: new Set(),
    merge: (later) => {
      due.everything ||= later.everything;
      due.approvals ||= later.approvals;
      due.emergencies ||= later.emergencies;
      for (const id of later.requests) due.requests.add(id);
      for (const id of later.grants) due.grants.add(id);
      return due;
    },
  };
  return due;
}

export function isNothingDue(due: Due): boolean {
  return !due.everything && !due.approvals && !due.emergencies && due.requests.size === 0 && due.grants.size === 0;
}

const READ_AGAIN: ReadonlySet<string> = new Set([
  'config.changed',
  'account.changed',
  'person.enabled',
  'subject.erased',
]);

/** Only the end of a grant is news: its beginning was this desktop's own doing. */
const GRANT_ENDS: ReadonlySet<string> = new Set(['grant.revoking', 'grant.ended', 'grant.revoke_failed']);

/** Marks what an event makes due; false when it changes nothing that is shown. */
export function markEvent(due: Due, { kind, requestId, grantId }: BrokerEvent): boolean {
  // Other rules, other facts about this person, or somebody who was erased: what was read may not be shown any more.
  if (READ_AGAIN.has(kind)) due.everything = true;
  else if (kind === 'grant.broke_glass') due.emergencies = true;
  else if (kind.startsWith('request.') || kind.startsWith('approval.')) {
    if (requestId !== null) due.requests.add(requestId);
  } else if (GRANT_ENDS.has(kind)) {
    if (grantId !== null) due.grants.add(grantId);
  } else return false;
  return !isNothingDue(due);
}
