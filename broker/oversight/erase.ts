// Erases what a person wrote: the keys of their sealed words in the ledger, and the words in the rows of requests,
// answers, ends and findings. What they did stays on record: only their words go. It cannot be undone.
import { createHash } from 'node:crypto';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import { proposeChange } from '#broker/config/held-changes.ts';
import type { HeldChangeRow } from '#broker/config/tables.ts';
import { eraseSubject } from '#broker/ledger/personal-keys.ts';
import type { Tx } from '#broker/store.ts';
import type { PersonId, Principal, SubjectId } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { freshSignInFault } from './fresh-sign-in.ts';
import { accountsOf, type ChangeDeps } from './scope.ts';

type Erasing = {
  readonly person: PersonId;
  readonly change: string | null;
  readonly agreedBy: 'two_people' | 'self_attested';
};

/** All accounts of the person, within the caller's transaction and with its records. */
export async function erasePerson(deps: ChangeDeps, tx: Tx, { person, change, agreedBy }: Erasing): Promise<void> {
  for (const subject of accountsOf(deps, person)) {
    await eraseSubject(tx, subject);
    await tx.updateTable('requests').set({ justification: '', ticket: null }).where('subject', '=', subject).execute();
    await tx.updateTable('approvals').set({ reason: null }).where('subject', '=', subject).execute();
    await tx.updateTable('requests').set({ close_reason: null }).where('closed_by', '=', subject).execute();
    await tx.updateTable('grants').set({ end_words: null }).where('ended_by', '=', subject).execute();
    await tx.updateTable('findings').set({ note: null }).where('answered_by', '=', subject).execute();
    await deps.ledger.append(tx, { ...about(deps, subject), kind: 'subject.erased', data: { change, agreedBy } });
  }
}

type Proposing = { readonly principal: Principal; readonly person: PersonId; readonly reason: string };

/**
 * An administrator wants a person's words erased. It waits for a second one; an embedded broker has one owner, so there
 * it is done at once, on record as self-attested. Proposing it again gives the same change.
 */
export async function proposeErasure(
  deps: ChangeDeps,
  { principal, person, reason }: Proposing,
): Promise<Result<HeldChangeRow, AccessRefusal>> {
  const stale = freshSignInFault(deps, principal);
  if (stale !== null) return stale;
  if (principal.kind !== 'person' || (deps.directory.mode === 'standalone' && principal.person === person))
    return refuse('forbidden', 'Somebody else asks for the erasure of your words.');
  return await deps.store.transaction(async (tx) => {
    if (!(await isKnown(deps, tx, person))) return refuse('not_found', 'There is no such person.');
    const waiting = await tx
      .selectFrom('held_changes')
      .selectAll()
      .where('state', '=', 'waiting')
      .where('person', '=', person)
      .executeTakeFirst();
    if (waiting !== undefined) return ok(waiting);
    const nowMs = deps.clock.now();
    const change = await proposeChange(tx, {
      kind: 'erasure',
      person,
      contentHash: createHash('sha256').update(person).digest('hex'),
      lines: [],
      resources: null,
      proposer: principal,
      nowMs,
    });
    await deps.ledger.append(tx, {
      ...about(deps, null),
      actor: principal.subject,
      kind: 'erasure.proposed',
      data: { change: change.id },
      personal: { subject: principal.subject, text: { reason } },
    });
    if (deps.directory.mode === 'standalone') return ok(change);
    await erasePerson(deps, tx, { person, change: change.id, agreedBy: 'self_attested' });
    const applied = { state: 'applied', closed_at_ms: nowMs } as const;
    await tx.updateTable('held_changes').set(applied).where('id', '=', change.id).execute();
    return ok({ ...change, ...applied });
  });
}

/** Also somebody who left, if they ever asked for anything. */
async function isKnown(deps: ChangeDeps, tx: Tx, person: PersonId): Promise<boolean> {
  if (deps.directory.accounts().some(({ principal }) => principal.person === person)) return true;
  const subjects = accountsOf(deps, person);
  if (subjects.length === 0) return false;
  const asked = await tx
    .selectFrom('requests')
    .select('id')
    .where('subject', 'in', subjects)
    .limit(1)
    .executeTakeFirst();
  return asked !== undefined;
}

function about({ clock }: Pick<ChangeDeps, 'clock'>, subject: SubjectId | null) {
  return {
    atMs: clock.now(),
    actor: 'broker',
    subject,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
  } as const;
}
