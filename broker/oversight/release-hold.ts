// Proposes the release of a legal hold. It waits for a second administrator, since it lets data go that somebody may need
// as evidence; an embedded broker's owner attests it alone.
import { createHash } from 'node:crypto';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import { proposeChange } from '#broker/config/held-changes.ts';
import type { HeldChangeRow } from '#broker/config/tables.ts';
import { placeHold, recordHold, releaseHold, standingHolds } from '#broker/erasure/holds.ts';
import type { LegalHoldRow } from '#broker/erasure/tables.ts';
import { whoseData } from '#broker/erasure/whose.ts';
import type { Tx } from '#broker/store.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { freshSignInFault } from './fresh-sign-in.ts';
import type { ChangeDeps } from './scope.ts';

type Holding = { readonly principal: Principal; readonly id: string; readonly reason: string };

/** One administrator is enough: a hold keeps, it takes nothing away. `id`: of a person or of an account. */
export async function holdPerson(
  deps: ChangeDeps,
  { principal, id, reason }: Holding,
): Promise<Result<LegalHoldRow, AccessRefusal>> {
  const stale = freshSignInFault(deps, principal);
  if (stale !== null) return stale;
  if (principal.kind !== 'person') return refuse('forbidden', 'A person places a legal hold.');
  return await deps.store.transaction(async (tx) => {
    const known = await whoseData(deps, tx, id);
    if (known === null) return refuse('not_found', 'There is no such person.');
    return ok(await placeHold(deps, tx, { principal, person: known.id, reason }));
  });
}

/** `id`: of the hold. Proposing it again gives the same change. */
export async function proposeRelease(
  deps: ChangeDeps,
  { principal, id, reason }: Holding,
): Promise<Result<HeldChangeRow, AccessRefusal>> {
  const stale = freshSignInFault(deps, principal);
  if (stale !== null) return stale;
  if (principal.kind !== 'person') return refuse('forbidden', 'A person releases a legal hold.');
  return await deps.store.transaction(async (tx) => {
    const hold = (await standingHolds(tx)).find((each) => each.id === id);
    if (hold === undefined) return refuse('not_found', 'There is no such hold.');
    if (deps.directory.mode === 'standalone' && hold.person === principal.person)
      return refuse('forbidden', 'Somebody else asks for the release of a hold on your data.');
    const contentHash = createHash('sha256').update(hold.id).digest('hex');
    const waiting = await tx
      .selectFrom('held_changes')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('content_hash', '=', contentHash)
      .executeTakeFirst();
    if (waiting !== undefined) return ok(waiting);
    const nowMs = deps.clock.now();
    const change = await proposeChange(tx, {
      kind: 'hold_release',
      person: hold.person,
      contentHash,
      lines: [hold.id],
      resources: null,
      proposer: principal,
      nowMs,
    });
    const data = { hold: hold.id, person: hold.person, change: change.id };
    await recordHold(deps, tx, { kind: 'hold.release_proposed', data }, principal.subject, reason);
    if (deps.directory.mode === 'standalone') return ok(change);
    await releaseHold(deps, tx, hold, { change: change.id, agreedBy: 'self_attested' });
    const applied = { state: 'applied', closed_at_ms: nowMs } as const;
    await tx.updateTable('held_changes').set(applied).where('id', '=', change.id).execute();
    return ok({ ...change, ...applied });
  });
}

/** With the second person. A hold that is released already stays so. */
export async function releaseAgreed(deps: ChangeDeps, tx: Tx, change: HeldChangeRow): Promise<void> {
  const hold = (await standingHolds(tx)).find(({ id }) => JSON.stringify([id]) === change.lines);
  if (hold !== undefined) await releaseHold(deps, tx, hold, { change: change.id, agreedBy: 'two_people' });
}
