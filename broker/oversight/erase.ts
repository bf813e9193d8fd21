// Proposes and carries out the erasure of a person: their words, and what they are called. What they did stays on record
// under pseudonyms. It cannot be undone, and while a legal hold stands it is refused.
import { createHash } from 'node:crypto';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import { proposeChange } from '#broker/config/held-changes.ts';
import type { HeldChangeRow } from '#broker/config/tables.ts';
import { eraseSubjects } from '#broker/erasure/erase-subjects.ts';
import { standingHolds } from '#broker/erasure/holds.ts';
import { whoseData, type Known } from '#broker/erasure/whose.ts';
import type { Tx } from '#broker/store.ts';
import type { PersonId, Principal } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import { freshSignInFault } from './fresh-sign-in.ts';
import type { ChangeDeps } from './scope.ts';

type Erasing = {
  readonly person: PersonId;
  readonly change: string;
  readonly agreedBy: 'two_people' | 'self_attested';
};

/** All accounts of the person, within the caller's transaction and with its records. Refuses while a hold stands. */
export async function erasePerson(
  deps: ChangeDeps,
  tx: Tx,
  { person, change, agreedBy }: Erasing,
): Promise<Result<null, AccessRefusal>> {
  const known = await whoseData(deps, tx, person);
  if (known === null) return refuse('not_found', 'There is no such person.');
  const held = await heldBack(deps, tx, known);
  if (held !== null) return err(held);
  await eraseSubjects(deps, tx, { subjects: known.subjects, person: known.person, change, agreedBy });
  return ok(null);
}

type Proposing = { readonly principal: Principal; readonly person: string; readonly reason: string };

/**
 * An administrator wants a person erased, by the id of the person or of an account. It waits for a second one; an
 * embedded broker has one owner, so there it is done at once, on record as self-attested. Proposing it again gives the
 * same change.
 */
export async function proposeErasure(
  deps: ChangeDeps,
  { principal, person: id, reason }: Proposing,
): Promise<Result<HeldChangeRow, AccessRefusal>> {
  const stale = freshSignInFault(deps, principal);
  if (stale !== null) return stale;
  return await deps.store.transaction(async (tx) => {
    const known = await whoseData(deps, tx, id);
    if (principal.kind !== 'person' || (deps.directory.mode === 'standalone' && principal.person === known?.person))
      return refuse('forbidden', 'Somebody else asks for the erasure of your words.');
    if (known === null) return refuse('not_found', 'There is no such person.');
    const held = await heldBack(deps, tx, known);
    if (held !== null) return err(held);
    const waiting = await tx
      .selectFrom('held_changes')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('kind', '=', 'erasure')
      .where('person', '=', known.id)
      .executeTakeFirst();
    if (waiting !== undefined) return ok(waiting);
    return await propose(deps, tx, { principal, known, reason });
  });
}

async function propose(
  deps: ChangeDeps,
  tx: Tx,
  { principal, known, reason }: { readonly principal: Principal; readonly known: Known; readonly reason: string },
): Promise<Result<HeldChangeRow, AccessRefusal>> {
  const nowMs = deps.clock.now();
  const change = await proposeChange(tx, {
    kind: 'erasure',
    person: known.id,
    contentHash: createHash('sha256').update(known.id).digest('hex'),
    lines: [],
    resources: null,
    proposer: principal,
    nowMs,
  });
  await deps.ledger.append(tx, {
    kind: 'erasure.proposed',
    atMs: nowMs,
    actor: principal.subject,
    subject: null,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
    data: { change: change.id },
    personal: { subject: principal.subject, text: { reason } },
  });
  if (deps.directory.mode === 'standalone') return ok(change);
  const erased = await erasePerson(deps, tx, { person: known.id, change: change.id, agreedBy: 'self_attested' });
  if (!erased.ok) return erased;
  const applied = { state: 'applied', closed_at_ms: nowMs } as const;
  await tx.updateTable('held_changes').set(applied).where('id', '=', change.id).execute();
  return ok({ ...change, ...applied });
}

/** To whoever erases: that it may not be now. Why, administrators read in the list of holds. */
async function heldBack(deps: ChangeDeps, tx: Tx, { id, person }: Known): Promise<AccessRefusal | null> {
  const holds = await standingHolds(tx, id);
  // An account of nobody may be that of somebody held who is not listed any more.
  if (holds.length === 0 && (person !== null || !(await isSomebodyUnknownHeld(deps, tx)))) return null;
  return { code: 'legal_hold', detail: 'A legal hold stands: nothing of this person is erased until it is released.' };
}

async function isSomebodyUnknownHeld(deps: ChangeDeps, tx: Tx): Promise<boolean> {
  for (const { person } of await standingHolds(tx)) if ((await whoseData(deps, tx, person)) === null) return true;
  return false;
}
