// Ends a grant for whatever reason: the credential stops at once, then the end is recorded, carried out and checked.
import type { EndReason } from '#shared/domain/grant.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { AccessDeps } from './access-deps.ts';
import { finishEnd, REVOKE_PATIENCE_MS } from './finish-end.ts';
import { recordGrant } from './records.ts';
import { changeGrant, findGrant, onFreshRows, unrevokedCredentials } from './rows.ts';
import type { GrantRow } from './tables.ts';

export type Ending = {
  readonly grantId: string;
  readonly reason: EndReason;
  readonly actor: SubjectId | 'broker';
  /** When the end was due or asked for: the receipt's lag counts from here. */
  readonly dueAtMs: EpochMs;
  /** What the person who revoked it wrote. */
  readonly words?: { readonly of: SubjectId; readonly text: Readonly<Record<string, string>> };
};

/**
 * Ends a grant and gives it as it is afterwards (`ended`, or `revoke_failed` and retried), or null when there is none.
 * A grant that ends already keeps its first reason. Throws when the record could not be written: the credential is
 * dead in memory all the same, and the end is taken up again by the deadlines or at the next start.
 */
export async function endGrant(deps: AccessDeps, ending: Ending): Promise<GrantRow | null> {
  for (const credential of await unrevokedCredentials(deps.store.read, ending.grantId)) deps.live.remove(credential.id);
  const row = await onFreshRows(() => startEnd(deps, ending));
  if (row === null || row.state !== 'revoking') return row;
  return await finishEnd(deps, row.id);
}

async function startEnd(deps: AccessDeps, ending: Ending): Promise<GrantRow | null> {
  const changed = await deps.store.transaction(async (tx) => {
    const row = await findGrant(tx, ending.grantId);
    if (row === undefined) return null;
    if (row.state !== 'active' && row.state !== 'activating') return row;
    const revoking = await changeGrant(tx, row, 'start_revoke', {
      end_reason: ending.reason,
      end_due_at_ms: ending.dueAtMs,
      retry_at_ms: deps.clock.now() + REVOKE_PATIENCE_MS,
    });
    await recordGrant(deps, tx, revoking, {
      kind: 'grant.revoking',
      actor: ending.actor,
      data: { reason: ending.reason },
      ...(ending.words === undefined ? {} : { words: ending.words }),
    });
    return revoking;
  });
  // A credential may have gone live between the look before and this commit.
  for (const credential of await unrevokedCredentials(deps.store.read, ending.grantId)) deps.live.remove(credential.id);
  return changed;
}
