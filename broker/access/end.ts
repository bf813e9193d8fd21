// Ends a grant for whatever reason: the credential stops at once, then the end is recorded, carried out and checked.
import type { EndReason } from '#shared/domain/grant.ts';
import type { Tx } from '#broker/store.ts';
import type { AccessDeps } from './access-deps.ts';
import { findSuccessor } from './extension.ts';
import { finishEnd, REVOKE_PATIENCE_MS } from './finish-end.ts';
import { recordGrant } from './records.ts';
import { changeGrant, findGrant, onFreshRows } from './rows.ts';
import type { GrantRow } from './tables.ts';
import { EndNotOnRecordError, type Ending } from './unwritten-ends.ts';

/**
 * Ends a grant and gives it as it is afterwards (`ended`, or `revoke_failed` and retried), or null when there is none.
 * A grant that ends already keeps its first reason. Throws EndNotOnRecordError when the record could not be written:
 * the credential is dead in memory all the same, stays dead, and the deadlines write the end as soon as it can be.
 */
export async function endGrant(deps: AccessDeps, ending: Ending): Promise<GrantRow | null> {
  const { row } = await begin(deps, ending);
  return row === null || row.state !== 'revoking' ? row : await finishEnd(deps, row.id);
}

/**
 * The same when nobody asked but the clock: in every replica at the same moment. The one that puts the end on record
 * carries it out; the others leave it to that one, and take it up only when it is overdue.
 */
export async function endGrantOnce(deps: AccessDeps, ending: Ending): Promise<void> {
  const { row, mine } = await begin(deps, ending);
  if (mine && row !== null) await finishEnd(deps, row.id);
}

type Begun = {
  readonly row: GrantRow | null;
  /** This call put the end on record. */
  readonly mine: boolean;
};

async function begin(deps: AccessDeps, ending: Ending): Promise<Begun> {
  const first = deps.unwrittenEnds.keep(ending);
  const begun = await putOnRecord(deps, first);
  deps.unwrittenEnds.written(ending.grantId);
  return begun;
}

async function putOnRecord(deps: AccessDeps, ending: Ending): Promise<Begun> {
  // Memory first, and from memory: a database that cannot be read keeps no credential alive.
  stopCredentials(deps, ending.grantId);
  try {
    const begun = await onFreshRows(() => startEnd(deps, ending));
    // A credential whose commit came just before this one may have gone live since.
    stopCredentials(deps, ending.grantId);
    return begun;
  } catch (error) {
    deps.deadlinesChanged();
    throw new EndNotOnRecordError(`the end of grant ${ending.grantId} is not on record yet`, { cause: error });
  }
}

function stopCredentials(deps: AccessDeps, grantId: string): void {
  for (const credential of deps.live.ofGrant(grantId)) deps.live.remove(credential.credentialId);
}

async function startEnd(deps: AccessDeps, ending: Ending): Promise<Begun> {
  return await deps.store.transaction(async (tx) => {
    const row = await findGrant(tx, ending.grantId);
    if (row === undefined) return { row: null, mine: false };
    if (row.state !== 'active' && row.state !== 'activating') return { row, mine: false };
    const reason = await reasonOf(tx, ending);
    const revoking = await changeGrant(tx, row, 'start_revoke', {
      end_reason: reason,
      ended_by: ending.actor === 'broker' ? null : ending.actor,
      end_words: ending.words?.text.reason ?? null,
      end_due_at_ms: ending.dueAtMs,
      retry_at_ms: deps.clock.now() + REVOKE_PATIENCE_MS,
    });
    await recordGrant(deps, tx, revoking, {
      kind: 'grant.revoking',
      actor: ending.actor,
      data: { reason },
      ...(ending.words === undefined ? {} : { words: ending.words }),
    });
    return { row: revoking, mine: true };
  });
}

/** *Done* of a grant that an extension has taken over is the desktop's word that the new credential is stored. */
async function reasonOf(tx: Tx, { grantId, reason }: Ending): Promise<EndReason> {
  if (reason !== 'released') return reason;
  return (await findSuccessor(tx, grantId))?.state === 'active' ? 'replaced' : 'released';
}
