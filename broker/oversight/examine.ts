// Looks at each grant once, when it is over: counts its uses, and writes down what was unusual. Whoever of several
// brokers comes first does it; the others find it done.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { findGrant } from '#broker/access/rows.ts';
import type { Tx } from '#broker/store.ts';
import { SECOND_MS } from '#shared/domain/time.ts';
import { deviationsOf } from './deviations/all.ts';
import { gather, type Gathered } from './gather.ts';
import { raiseFinding } from './raise-finding.ts';

/** The gateway writes the ends of calls that were cut a moment after the end itself. */
const SETTLE_MS = 5 * SECOND_MS;
const AT_ONCE = 100;

/** Examines what is due, oldest first, at most so many at once. Gives whether there may be more. */
export async function examineEnded(deps: AccessDeps): Promise<boolean> {
  const due = await deps.store.read
    .selectFrom('grants')
    .selectAll()
    .where('examined_at_ms', 'is', null)
    .where('ended_at_ms', '<=', deps.clock.now() - SETTLE_MS)
    .orderBy('ended_at_ms')
    .limit(AT_ONCE)
    .execute();
  if (due.length === 0) return false;
  await deps.ledger.settled();
  for (const grant of due) {
    const gathered = await gather(deps, grant);
    await deps.store.transaction(async (tx) => await write(deps, tx, grant.id, gathered));
  }
  return due.length === AT_ONCE;
}

async function write(deps: AccessDeps, tx: Tx, grantId: string, { examined, uses }: Gathered): Promise<void> {
  const grant = await findGrant(tx, grantId);
  if (grant === undefined || grant.examined_at_ms !== null) return;
  await tx.updateTable('grants').set({ examined_at_ms: deps.clock.now() }).where('id', '=', grantId).execute();
  await tx
    .insertInto('grant_uses')
    .values({ grant_id: grantId, uses: uses.count, bytes_out: uses.bytesOut, last_used_at_ms: uses.lastUsedAtMs })
    .execute();
  for (const found of deviationsOf(examined)) await raiseFinding(deps, tx, grant, found);
}
