// The one transaction of an erasure: every place in the database, the pseudonyms that stand for nobody from then on, and
// a record for each. Decides nothing: who asked for it and who agreed is settled before.
import type { Ledger } from '#broker/ledger/ledger.ts';
import { nextVersion } from '#broker/identity/directory-version.ts';
import type { Tx } from '#broker/store.ts';
import type { AuditData } from '#shared/domain/audit-event.ts';
import type { SubjectId } from '#shared/domain/identity.ts';
import type { Clock } from '#shared/domain/time.ts';
import { recordReach } from './finished.ts';
import { PLACES, type Whose } from './places.ts';

export type EraseDeps = { readonly ledger: Pick<Ledger, 'append'>; readonly clock: Clock };
export type Erasing = Whose & AuditData['subject.erased'];

export async function eraseSubjects(deps: EraseDeps, tx: Tx, erasing: Erasing): Promise<void> {
  const nowMs = deps.clock.now();
  // Replicas and desktops ask from this number on who was erased.
  const version = await nextVersion(tx);
  await recordReach(tx, erasing, nowMs);
  await keepDisabled(deps, tx, erasing);
  for (const place of Object.values(PLACES)) await place.erase(tx, erasing);
  for (const subject of erasing.subjects) {
    const row = { at_ms: nowMs, version, settled_at_ms: null };
    await tx
      .insertInto('erased_subjects')
      .values({ subject, ...row })
      .onConflict((conflict) => conflict.column('subject').doUpdateSet(row))
      .execute();
    const { change, agreedBy } = erasing;
    await deps.ledger.append(tx, { ...of(subject, nowMs), kind: 'subject.erased', data: { change, agreedBy } });
  }
}

/**
 * One account that was disabled comes back as a new one. So that an erasure lets nobody in again, the human behind it is
 * disabled instead, as they can be enabled: by an administrator.
 */
async function keepDisabled({ ledger, clock }: EraseDeps, tx: Tx, { person, subjects }: Erasing): Promise<void> {
  if (person === null) return;
  const rows = await tx
    .selectFrom('disabled')
    .select('id')
    .where('id', 'in', subjects)
    .whereRef('because_of', '=', 'id')
    .execute();
  if (rows.length === 0) return;
  const at_ms = clock.now();
  const { numInsertedOrUpdatedRows = 0n } = await tx
    .insertInto('disabled')
    .values({ id: person, because_of: person, at_ms })
    .onConflict((conflict) => conflict.columns(['id', 'because_of']).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n) return;
  const data = { scope: 'person', person, accounts: rows.map(({ id }) => id) } as const;
  await ledger.append(tx, { ...of(rows[0]?.id ?? null, at_ms), kind: 'person.disabled', data });
}

function of(subject: SubjectId | null, atMs: number) {
  return {
    atMs,
    actor: 'broker',
    subject,
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
  } as const;
}
