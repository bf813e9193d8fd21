// How requests, grants and decisions look from outside. Secret-free; only `collectedView` carries a credential.
import type {
  CatalogView,
  CollectedView,
  DecisionView,
  GrantView,
  MeView,
  RequestView,
} from '#shared/contracts/broker-api.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Decision } from '#shared/domain/decision.ts';
import type { RevokeClass } from '#shared/domain/grant.ts';
import type { Principal, Provenance } from '#shared/domain/identity.ts';
import { formatDuration, formatInstant } from '#shared/domain/time.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { isOwner } from '#broker/access/extension.ts';
import type { Collected } from '#broker/access/issued.ts';
import { storedActions, storedAsked, storedDecision, storedReceipt, storedScope } from '#broker/access/stored.ts';
import type { ApprovalRow, GrantRow, RequestRow } from '#broker/access/tables.ts';

export type ViewDeps = AccessDeps & {
  /** Address of a resource at the gateway, or null while nothing listens. */
  readonly resourceUrl: (resource: string) => string | null;
};

export const UNKNOWN = 'Somebody who left';

export function decisionView(decision: Decision, facts: Provenance): DecisionView {
  const denied = decision.outcome === 'denied' ? decision : null;
  const offer = denied?.counterOffer ?? null;
  const waiting = decision.outcome === 'needs_approval' ? decision : null;
  return {
    outcome: decision.outcome,
    policyHash: decision.policyHash,
    reasons: decision.reasons.map((reason) => ({ ...reason })),
    needed: waiting === null ? null : { ...waiting.needed },
    approvers: (waiting?.approvers ?? []).map(({ name, owner }) => ({ name, owner })),
    code: denied?.code ?? null,
    missingFacts: [...(denied?.missingFacts ?? [])],
    counterOffer: offer === null ? null : { duration: formatDuration(offer.durationMs), outcome: offer.outcome },
    facts,
  };
}

export function requestView(
  deps: ViewDeps,
  viewer: Principal,
  row: RequestRow,
  answers: readonly ApprovalRow[],
): RequestView {
  const asked = storedAsked(row);
  const scope = storedScope(row);
  const resource = deps.snapshot().resource(row.resource);
  return {
    id: row.id,
    state: row.state,
    closeCode: row.close_code,
    requester: { name: deps.directory.find(row.subject)?.name ?? UNKNOWN, me: row.subject === viewer.subject },
    resource: { id: row.resource, name: resource?.name ?? row.resource, sensitivity: resource?.sensitivity ?? null },
    asked: { actions: asked.actions, duration: formatDuration(asked.durationMs) },
    scope: {
      actions: [...scope.actions],
      duration: formatDuration(scope.durationMs),
      startAt: instant(scope.startAtMs),
    },
    scopeHash: row.scope_hash,
    purpose: row.purpose,
    justification: row.justification,
    ticket: row.ticket,
    endsWith: row.ends_with,
    extends: row.extends_grant,
    bundleId: row.bundle_id,
    decision: decisionView(storedDecision(row), row.provenance),
    answers: answers.map((answer) => ({
      name: deps.directory.find(answer.subject)?.name ?? UNKNOWN,
      answer: answer.answer,
      reason: answer.reason,
      at: formatInstant(answer.created_at_ms),
    })),
    selfConfirmed: row.self_confirmed === 1,
    createdAt: formatInstant(row.created_at_ms),
    approvedAt: instant(row.approved_at_ms),
    lapsesAt: instant(row.lapses_at_ms),
    grantId: row.grant_id,
    revokeClass: revokeClassView(deps, resource),
  };
}

export function grantView(deps: ViewDeps, viewer: Principal, row: GrantRow): GrantView {
  const receipt = storedReceipt(row);
  return {
    id: row.id,
    state: row.state,
    requestId: row.request_id,
    holder: { name: deps.directory.find(row.subject)?.name ?? UNKNOWN, me: row.subject === viewer.subject },
    resource: { id: row.resource, name: deps.snapshot().resource(row.resource)?.name ?? row.resource },
    actions: [...storedActions(row)],
    startsAt: formatInstant(row.starts_at_ms),
    endsAt: formatInstant(row.ends_at_ms),
    endsWith: row.ends_with,
    extends: row.extends_grant,
    endReason: row.end_reason,
    receipt:
      receipt === null
        ? null
        : {
            revokedAt: formatInstant(receipt.revokedAtMs),
            checkedAt: formatInstant(receipt.checkedAtMs),
            lagMs: receipt.lagMs,
          },
    policyHash: row.policy_hash,
  };
}

export function collectedView(deps: ViewDeps, viewer: Principal, collected: Collected): CollectedView {
  const { grant, credentialId, credential } = collected;
  const { secret } = credential;
  const common = { id: credentialId, secret, expiresAt: formatInstant(credential.expiresAtMs) };
  return {
    grant: grantView(deps, viewer, grant),
    credential:
      credential.kind === 'bearer_token'
        ? { ...common, kind: credential.kind, url: deps.resourceUrl(grant.resource) }
        : { ...common, kind: credential.kind, url: null, target: credential.target },
  };
}

export function resourceView(
  deps: ViewDeps,
  resource: Resource,
  actions: readonly string[],
): CatalogView['resources'][number] {
  return {
    id: resource.id,
    kind: resource.id.startsWith('model:') ? 'model' : 'dataset',
    name: resource.name,
    description: resource.description,
    licence: resource.licence ?? null,
    sensitivity: resource.sensitivity,
    tags: [...resource.tags],
    owners: [...resource.owners],
    actions: [...actions],
    maxDuration: formatDuration(resource.maxDuration),
    warnBefore: resource.warnBefore.map(formatDuration),
    revokeClass: revokeClassView(deps, resource),
    url: deps.resourceUrl(resource.id),
  };
}

export function meView(deps: AccessDeps, principal: Principal): MeView {
  const { mode } = deps.directory;
  const owner = deps
    .snapshot()
    .resources()
    .some(({ owners }) => isOwner(principal, owners));
  const { subject, name, kind, roles, teams, admin, provenance } = principal;
  return { subject, name, kind, roles: [...roles], teams: [...teams], admin, owner, facts: provenance, mode };
}

/** A resource that left the catalog is shown at its worst: nobody can say how it would be revoked. */
export function revokeClassView(deps: AccessDeps, resource: Resource | null): RevokeClass {
  return resource === null ? { kind: 'expiry_only' } : deps.issuer(resource.issuer).revokeClass(resource);
}

function instant(atMs: number | null): string | null {
  return atMs === null ? null : formatInstant(atMs);
}
