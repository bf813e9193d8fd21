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
  // One that cannot be ended now (it is kept and retried) does not keep the others from their end.
  const failures: unknown[] = [];
  for (const grant of held) {
    try {
      const reason = await groundless(deps, grant);
      if (reason === null) continue;
      await endGrant(deps, { grantId: grant.id, reason, actor: 'broker', dueAtMs: deps.clock.now() });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some groundless grants could not be ended yet');
}

async function groundless(deps: AccessDeps, grant: Held): Promise<EndReason | null> {
  const reason = lostGround(deps, grant);
  if (reason !== null) return reason;
  return grant.ends_with === 'operation' && (await wasUsed(deps, grant.id)) ? 'operation_done' : null;
}

/** Why what the grant was decided on is no longer so: its holder left, or its catalog entry is another one. */
export function lostGround(deps: AccessDeps, grant: Omit<Held, 'id' | 'ends_with'>): EndReason | null {
  if (deps.directory.find(grant.subject) === null) return 'subject_disabled';
  const snapshot = deps.snapshot();
  const resource = snapshot.resource(grant.resource);
  return resource === null || snapshot.catalogHash(resource) !== grant.catalog_hash ? 'revoked' : null;
}

/** A completed call, or one that was cut and counts as made: the gateway judged it, the record says it. */
const madeSchema = z.union([
  z.object({ metadata: z.object({ event_code: z.literal('use.finished') }), status_id: z.literal(1) }),
  z.object({
    metadata: z.object({ event_code: z.literal('use.interrupted') }),
    unmapped: z.object({ data: z.object({ spent: z.literal(true) }) }),
  }),
]);
const PAGE = 1000;

/** Whether a call was made: a stop between its record and the grant's end must not give a second call. */
async function wasUsed(deps: AccessDeps, grantId: string): Promise<boolean> {
  await deps.ledger.settled();
  for (let after = -1; ;) {
    const records = await deps.ledger.records({ grantId, afterSequence: after, limit: PAGE });
    if (records.some(({ canonical }) => madeSchema.safeParse(JSON.parse(canonical)).success)) return true;
    const last = records.at(-1);
    if (last === undefined || records.length < PAGE) return false;
    after = last.sequence;
  }
}
