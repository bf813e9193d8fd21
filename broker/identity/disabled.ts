// Writes down who is disabled. A person: all their accounts, those of today by name too, so that another `person` claim
// frees none of them. An account: that one alone. Each is on record with the reason, which is sealed.
import type { LedgerEvent } from '#shared/domain/audit-event.ts';
import type { PersonId, SubjectId } from '#shared/domain/identity.ts';
import type { Clock } from '#shared/domain/time.ts';
import type { Ledger } from '#broker/ledger/ledger.ts';
import type { Tx } from '#broker/store.ts';
import { nextVersion } from './directory-version.ts';

type Deps = { readonly ledger: Pick<Ledger, 'append'>; readonly clock: Clock };

export type Whom =
  | { readonly scope: 'person'; readonly person: PersonId }
  | { readonly scope: 'account'; readonly subject: SubjectId };

/** Who did it and why, in their words; services give no words. */
export type Because = { readonly actor: SubjectId; readonly reason: string | null };

/** Disables or enables. Gives the accounts that it is about, or null when nothing changed. */
export async function setDisabled(
  deps: Deps,
  tx: Tx,
  whom: Whom,
  disabled: boolean,
  because: Because,
): Promise<readonly SubjectId[] | null> {
  const id = whom.scope === 'person' ? whom.person : whom.subject;
  const accounts = whom.scope === 'person' ? await accountsOf(tx, whom.person) : [whom.subject];
  const known = await tx
    .selectFrom('disabled')
    .select('id')
    .where('id', '=', id)
    .where('because_of', '=', id)
    .executeTakeFirst();
  if ((known !== undefined) === disabled) return null;
  await nextVersion(tx);
  if (disabled) {
    const at_ms = deps.clock.now();
    const ids = [...new Set([id, ...accounts])];
    await tx
      .insertInto('disabled')
      .values(ids.map((each) => ({ id: each, because_of: id, at_ms })))
      .execute();
  } else await tx.deleteFrom('disabled').where('because_of', '=', id).execute();
  await record(deps, tx, whom, { disabled, accounts, because });
  return accounts;
}

async function accountsOf(tx: Tx, person: PersonId): Promise<readonly SubjectId[]> {
  const rows = await tx.selectFrom('accounts').select('subject').where('person', '=', person).execute();
  return rows.map(({ subject }) => subject).toSorted();
}

/** A record has at most 8 KiB. */
const MOST_NAMED = 100;

async function record(
  deps: Deps,
  tx: Tx,
  whom: Whom,
  {
    disabled,
    accounts,
    because,
  }: { readonly disabled: boolean; readonly accounts: readonly SubjectId[]; readonly because: Because },
): Promise<void> {
  const event: LedgerEvent = {
    kind: disabled ? 'person.disabled' : 'person.enabled',
    atMs: deps.clock.now(),
    actor: because.actor,
    subject: whom.scope === 'account' ? whom.subject : (accounts[0] ?? null),
    resource: null,
    requestId: null,
    grantId: null,
    outcome: 'success',
    data: {
      scope: whom.scope,
      person: whom.scope === 'person' ? whom.person : null,
      accounts: accounts.slice(0, MOST_NAMED),
    },
    ...(because.reason === null ? {} : { personal: { subject: because.actor, text: { reason: because.reason } } }),
  };
  await deps.ledger.append(tx, event);
}
