// How grants, decisions and the catalog look from outside. Secret-free; only `collectedView` carries a credential.
import type { CollectedView, DecisionView, GrantView, MeView } from '#shared/contracts/broker-api.ts';
import type { CatalogView } from '#shared/contracts/catalog-view.ts';
import type { Resource } from '#shared/contracts/catalog.ts';
import type { Decision } from '#shared/domain/decision.ts';
import type { RevokeClass } from '#shared/domain/grant.ts';
import type { Principal, Provenance } from '#shared/domain/identity.ts';
import { formatDuration, formatInstant } from '#shared/domain/time.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { isOwner } from '#broker/access/extension.ts';
import type { Collected } from '#broker/access/issued.ts';
import type { Eligible } from '#broker/access/prepare.ts';
import { storedActions, storedReceipt } from '#broker/access/stored.ts';
import type { GrantRow } from '#broker/access/tables.ts';
import { longestEmergencyMs } from '#broker/policy/emergency.ts';

export type ViewDeps = AccessDeps & {
  /** Address of a resource at the gateway, or null while nothing listens. */
  readonly resourceUrl: (resource: string) => string | null;
};

export const UNKNOWN = 'Somebody who left';

export function nameOf(deps: AccessDeps, subject: string): string {
  return deps.directory.find(subject)?.name ?? UNKNOWN;
}

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
    retryAt: instant(denied?.retryAtMs ?? null),
    facts,
  };
}

export function grantView(deps: ViewDeps, viewer: Principal, row: GrantRow): GrantView {
  const receipt = storedReceipt(row);
  return {
    id: row.id,
    state: row.state,
    requestId: row.request_id,
    holder: { name: nameOf(deps, row.subject), me: row.subject === viewer.subject },
    resource: { id: row.resource, name: deps.snapshot().resource(row.resource)?.name ?? row.resource },
    actions: [...storedActions(row)],
    startsAt: formatInstant(row.starts_at_ms),
    endsAt: formatInstant(row.ends_at_ms),
    endsWith: row.ends_with,
    extends: row.extends_grant,
    endReason: row.end_reason,
    endWords: row.end_words,
    receipt:
      receipt === null
        ? null
        : {
            revokedAt: formatInstant(receipt.revokedAtMs),
            checkedAt: formatInstant(receipt.checkedAtMs),
            lagMs: receipt.lagMs,
          },
    policyHash: row.policy_hash,
    breakGlass: row.break_glass === 1,
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
  { actions, inEmergency }: Eligible,
): CatalogView['resources'][number] {
  const longestMs = inEmergency ? longestEmergencyMs(resource) : null;
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
    breakGlass: longestMs === null ? null : { maxDuration: formatDuration(longestMs) },
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

export function instant(atMs: number | null): string | null {
  return atMs === null ? null : formatInstant(atMs);
}
