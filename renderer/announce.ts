// What a screen reader is told when the snapshot changes: what the person would have seen. Never a passing second.
import type { GrantCard, RequestCard } from '#shared/contracts/desktop/cards.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { until } from './format.ts';
import { teamOf } from './sign-in/standing.ts';
import { words } from './words/announce.ts';

/** The sentences for the way from one snapshot to the next. */
export function changesBetween(before: DesktopState, after: DesktopState): readonly string[] {
  return [
    ...grantChanges(before.grants, after.grants, after.nowMs),
    ...requestChanges(before.requests, after.requests),
    ...approvalChanges(before, after),
    ...signInChanges(before, after),
  ];
}

function grantChanges(before: readonly GrantCard[], after: readonly GrantCard[], nowMs: number): readonly string[] {
  const told: string[] = [];
  const old = new Map(before.map((grant) => [grant.grantId, grant]));
  for (const grant of after) {
    const was = old.get(grant.grantId);
    old.delete(grant.grantId);
    const { name } = grant.resource;
    if (grant.phase === 'active' && was?.phase !== 'active')
      told.push(words.active(name, until(grant.endsAtMs, nowMs)));
    if (grant.phase === 'ending' && was?.phase !== 'ending') told.push(words.ending(name));
    if (grant.phase === 'wipe_failed' && was?.phase !== 'wipe_failed') told.push(words.wipeFailed(name));
    if (grant.phase === 'missing' && was?.phase !== 'missing') told.push(words.missing(name));
    if (grant.clipboardUntilMs !== null && (was?.clipboardUntilMs ?? null) === null) told.push(words.copied(name));
  }
  for (const gone of old.values()) {
    // One that an extension replaced goes on under another id.
    if (!after.some((grant) => grant.resource.id === gone.resource.id)) told.push(words.ended(gone.resource.name));
  }
  return told;
}

function requestChanges(before: readonly RequestCard[], after: readonly RequestCard[]): readonly string[] {
  const old = new Map(before.map((request) => [request.requestId, request.phase]));
  return after
    .filter((request) => old.get(request.requestId) !== request.phase)
    .map((request) => words.request[request.phase](request.resource.name));
}

function signInChanges(before: DesktopState, after: DesktopState): readonly string[] {
  const [was, is] = [teamOf(before)?.signIn ?? null, teamOf(after)?.signIn ?? null];
  if (is === null || was?.kind === is.kind) return [];
  if (is.kind === 'signed_in') return [words.signedIn(is.name)];
  return is.kind === 'signed_out' && was !== null ? [is.why === 'expired' ? words.expired : words.signedOut] : [];
}

function approvalChanges(before: DesktopState, after: DesktopState): readonly string[] {
  const known = new Set(before.approvals.map((card) => card.requestId));
  return after.approvals
    .filter((card) => !known.has(card.requestId))
    .map((card) => words.approval(card.requester, card.resource.name));
}
