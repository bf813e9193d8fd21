// Ends grants that nothing bears any more: their catalog entry became another one, their holder left, their task is done.
// The gateway refuses what it can tell by itself at once; this makes it a fact on record.
import { z } from 'zod';
import type { EndReason } from '#shared/domain/grant.ts';
import type { AccessDeps } from './access-deps.ts';
import { endGrant } from './end.ts';
import type { GrantRow } from './tables.ts';

type Held = Pick<GrantRow, 'id' | 'subject' | 'resource' | 'catalog_hash' | 'ends_with'>;

/** Looks at every active grant and ends the groundless ones. Run after a reload, and at a start before anything is served. */
export async function endGroundlessGrants(deps: AccessDeps): Promise<void> {
  const held = await deps.store.read
    .selectFrom('grants')
    .select(['id', 'subject', 'resource', 'catalog_hash', 'ends_with'])
    .where('state', 'in', ['active', 'activating'])
    .execute();
  for (const grant of held) {
    const reason = await groundless(deps, grant);
    if (reason === null) continue;
    await endGrant(deps, { grantId: grant.id, reason, actor: 'broker', dueAtMs: deps.clock.now() });
  }
}

async function groundless(deps: AccessDeps, grant: Held): Promise<EndReason | null> {
  if (deps.directory.find(grant.subject) === null) return 'subject_disabled';
  const snapshot = deps.snapshot();
  const resource = snapshot.resource(grant.resource);
  if (resource === null || snapshot.catalogHash(resource) !== grant.catalog_hash) return 'revoked';
  return grant.ends_with === 'operation' && (await wasUsed(deps, grant.id)) ? 'operation_done' : null;
}

const succeededSchema = z.object({ status_id: z.literal(1) });
const MOST_USES = 1000;

/** Whether a call was completed: a stop between its record and the grant's end must not give a second call. */
async function wasUsed(deps: AccessDeps, grantId: string): Promise<boolean> {
  await deps.ledger.settled();
  const records = await deps.ledger.records({ grantId, limit: MOST_USES });
  return records.some(
    ({ kind, canonical }) => kind === 'use.finished' && succeededSchema.safeParse(JSON.parse(canonical)).success,
  );
}
