// Legal holds: while one stands, nothing of a person is erased or pruned. One administrator places it, two people release
// it, each on record; the reason is for administrators, and goes when the hold does.
import { newId } from '#broker/ids.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { ChangeDeps } from '#broker/oversight/scope.ts';
import type { AuditData } from '#shared/domain/audit-event.ts';
import type { PersonId, Principal, SubjectId } from '#shared/domain/identity.ts';
import type { LegalHoldRow } from './tables.ts';

type Placing = { readonly principal: Principal; readonly person: PersonId; readonly reason: string };

/** The holds that stand, of this person or of all, oldest first. */
export async function standingHolds(db: Reader, person?: PersonId): Promise<readonly LegalHoldRow[]> {
  const standing = db.selectFrom('legal_holds').selectAll().where('released_at_ms', 'is', null);
  const rows = person === undefined ? standing : standing.where('person', '=', person);
  return await rows.orderBy('placed_at_ms').orderBy('id').execute();
}

/** Every hold is one of its own: two matters about one person end apart, and each keeps everything until it does. */
export async function placeHold(
  deps: ChangeDeps,
  tx: Tx,
  { principal, person, reason }: Placing,
): Promise<LegalHoldRow> {
  const row: LegalHoldRow = {
    id: newId('hld'),
    person,
    reason,
    placed_by: principal.subject,
    placed_at_ms: deps.clock.now(),
    released_at_ms: null,
  };
  await tx.insertInto('legal_holds').values(row).execute();
  await recordHold(deps, tx, { kind: 'hold.placed', data: { hold: row.id, person } }, principal.subject, reason);
  return row;
}

/** Ends the hold. Its reason goes from here; the ledger has it, sealed. */
export async function releaseHold(
  deps: ChangeDeps,
  tx: Tx,
  hold: Pick<LegalHoldRow, 'id' | 'person'>,
  { change, agreedBy }: Pick<AuditData['hold.released'], 'change' | 'agreedBy'>,
): Promise<void> {
  const released = { released_at_ms: deps.clock.now(), reason: '' };
  await tx.updateTable('legal_holds').set(released).where('id', '=', hold.id).execute();
  const data = { hold: hold.id, person: hold.person, change, agreedBy };
  await recordHold(deps, tx, { kind: 'hold.released', data }, 'broker', '');
}

type HoldEvent = {
  [K in 'hold.placed' | 'hold.release_proposed' | 'hold.released']: { readonly kind: K; readonly data: AuditData[K] };
}['hold.placed' | 'hold.release_proposed' | 'hold.released'];

export async function recordHold(
  { ledger, clock }: Pick<ChangeDeps, 'ledger' | 'clock'>,
  tx: Tx,
  event: HoldEvent,
  actor: SubjectId | 'broker',
  reason: string,
): Promise<void> {
  await ledger.append(tx, {
    ...event,
    atMs: clock.now(),
    actor,
    subject: null,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
    ...(reason === '' || actor === 'broker' ? {} : { personal: { subject: actor, text: { reason } } }),
  });
}
