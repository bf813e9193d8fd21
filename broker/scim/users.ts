// The accounts that a directory provisions: created, looked up, disabled and enabled by it. `externalId` is the issuer's
// `sub`, so an account can be disabled before it ever signed in.
import type { Principal, SubjectId } from '#shared/domain/identity.ts';
import { err, ok, type Result } from '#shared/domain/result.ts';
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { applyDisabled } from '#broker/access/disable-person.ts';
import { lastingSubject } from '#broker/identity/lasting-subject.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { ScimFilter } from './filter.ts';
import type { ScimChanges } from './patch.ts';
import type { ScimUserRow } from './tables.ts';

export type ScimAccount = ScimUserRow & { readonly externalId: string; readonly active: boolean };
export type ScimFault = 'not_found' | 'uniqueness' | 'mutability' | 'external_id_missing' | 'not_a_person';
export type ScimDeps = AccessDeps & {
  /** Whose accounts they are, and which of its subjects are services, which the configuration alone decides on. */
  readonly accountsOf: { readonly issuer: string; readonly services: readonly string[] } | null;
};

type Wanted = { readonly userName: string; readonly externalId?: string | undefined; readonly active: boolean };

export async function findUser(db: Reader, subject: SubjectId): Promise<ScimAccount | null> {
  const row = await users(db).where('scim_users.subject', '=', subject).executeTakeFirst();
  return row === undefined ? null : accountOf(row);
}

export type Page = { readonly total: number; readonly accounts: readonly ScimAccount[] };

/** `startIndex` counts from 1. */
export async function listUsers(
  db: Reader,
  filter: ScimFilter | null,
  { startIndex, count }: { readonly startIndex: number; readonly count: number },
): Promise<Page> {
  if (filter !== null) {
    const found = (await matching(db, filter).execute()).map(accountOf);
    return { total: found.length, accounts: found.slice(startIndex - 1, startIndex - 1 + count) };
  }
  const { total } = await db
    .selectFrom('scim_users')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await users(db)
    .orderBy('scim_users.created_at_ms')
    .orderBy('scim_users.subject')
    .offset(startIndex - 1)
    .limit(count)
    .execute();
  return { total: Number(total), accounts: rows.map(accountOf) };
}

function matching(db: Reader, { attribute, value }: ScimFilter) {
  if (attribute === 'id') return users(db).where('scim_users.subject', '=', value);
  return attribute === 'userName'
    ? users(db).where('scim_users.user_name_key', '=', keyOf(value))
    : users(db).where('subjects.external_id', '=', value);
}

/** Refuses a name or an account that is there already, and the account of a service. */
export async function createUser(
  deps: ScimDeps,
  by: Principal,
  wanted: Wanted,
): Promise<Result<ScimAccount, ScimFault>> {
  const { externalId } = wanted;
  if (deps.accountsOf === null || externalId === undefined) return err('external_id_missing');
  const { issuer, services } = deps.accountsOf;
  if (services.includes(externalId)) return err('not_a_person');
  const nowMs = deps.clock.now();
  const created = await deps.store.transaction(async (tx): Promise<Result<SubjectId, ScimFault>> => {
    const subject = await lastingSubject(tx, { issuer, externalId }, nowMs);
    if ((await findUser(tx, subject)) !== null || (await isTaken(tx, wanted.userName, subject)))
      return err('uniqueness');
    const { userName } = wanted;
    await tx
      .insertInto('scim_users')
      .values({
        subject,
        user_name: userName,
        user_name_key: keyOf(userName),
        created_at_ms: nowMs,
        changed_at_ms: nowMs,
      })
      .execute();
    return ok(subject);
  });
  return created.ok ? await settle(deps, by, created.value, wanted.active) : created;
}

/** Changes what is said, leaves the rest. Whose account it is can never change. */
export async function changeUser(
  deps: ScimDeps,
  by: Principal,
  subject: SubjectId,
  changes: ScimChanges,
): Promise<Result<ScimAccount, ScimFault>> {
  const known = await deps.store.transaction(async (tx): Promise<Result<ScimAccount, ScimFault>> => {
    const account = await findUser(tx, subject);
    if (account === null) return err('not_found');
    if (changes.externalId !== undefined && changes.externalId !== account.externalId) return err('mutability');
    const { userName } = changes;
    if (userName === undefined || userName === account.user_name) return ok(account);
    if (await isTaken(tx, userName, subject)) return err('uniqueness');
    await tx
      .updateTable('scim_users')
      .set({ user_name: userName, user_name_key: keyOf(userName), changed_at_ms: deps.clock.now() })
      .where('subject', '=', subject)
      .execute();
    return ok(account);
  });
  if (!known.ok) return known;
  return await settle(deps, by, subject, changes.active ?? known.value.active);
}

/** The directory knows the account no more: it is disabled first, then forgotten here. */
export async function removeUser(deps: ScimDeps, by: Principal, subject: SubjectId): Promise<Result<null, ScimFault>> {
  if ((await findUser(deps.store.read, subject)) === null) return err('not_found');
  await settle(deps, by, subject, false);
  await deps.store.transaction(async (tx) => {
    await tx.deleteFrom('scim_users').where('subject', '=', subject).execute();
  });
  return ok(null);
}

async function settle(
  deps: ScimDeps,
  by: Principal,
  subject: SubjectId,
  active: boolean,
): Promise<Result<ScimAccount, ScimFault>> {
  await applyDisabled(deps, { scope: 'account', subject }, !active, { actor: by.subject, reason: null });
  const account = await findUser(deps.store.read, subject);
  return account === null ? err('not_found') : ok(account);
}

async function isTaken(tx: Tx, userName: string, subject: SubjectId): Promise<boolean> {
  const other = await tx
    .selectFrom('scim_users')
    .select('subject')
    .where('user_name_key', '=', keyOf(userName))
    .where('subject', '!=', subject)
    .executeTakeFirst();
  return other !== undefined;
}

function users(db: Reader) {
  return db
    .selectFrom('scim_users')
    .innerJoin('subjects', 'subjects.id', 'scim_users.subject')
    .leftJoin('disabled', (join) =>
      join.onRef('disabled.id', '=', 'scim_users.subject').onRef('disabled.because_of', '=', 'scim_users.subject'),
    )
    .selectAll('scim_users')
    .select(['subjects.external_id', 'disabled.at_ms as disabled_at_ms']);
}

type Joined = ScimUserRow & { readonly external_id: string; readonly disabled_at_ms: number | null };

function accountOf({ external_id: externalId, disabled_at_ms: disabledAtMs, ...row }: Joined): ScimAccount {
  return { ...row, externalId, active: disabledAtMs === null };
}

function keyOf(userName: string): string {
  return userName.normalize('NFKC').toLowerCase();
}
