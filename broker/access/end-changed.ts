// A catalog entry that changed in what approvals pin (upstream, issuer, sensitivity) ends the grants that named it.
// The gateway refuses them by itself at once; this makes it a fact on record.
import type { AccessDeps } from './access-deps.ts';
import { endGrant } from './end.ts';

/** Ends every active grant whose resource is gone or another one now. Run after a reload and at a start. */
export async function endChangedGrants(deps: AccessDeps): Promise<void> {
  const snapshot = deps.snapshot();
  const active = await deps.store.read
    .selectFrom('grants')
    .select(['id', 'resource', 'catalog_hash'])
    .where('state', 'in', ['active', 'activating'])
    .execute();
  for (const grant of active) {
    const resource = snapshot.resource(grant.resource);
    if (resource !== null && snapshot.catalogHash(resource) === grant.catalog_hash) continue;
    await endGrant(deps, { grantId: grant.id, reason: 'revoked', actor: 'broker', dueAtMs: deps.clock.now() });
  }
}
