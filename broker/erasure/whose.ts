// Whose data an id stands for: a person with all accounts that the database or the configuration knows, or one account
// that belongs to nobody any more. Services have no data of their own, and who was erased is nobody.
import type { Directory } from '#broker/identity/directory.ts';
import type { Reader } from '#broker/store.ts';
import type { PersonId, SubjectId } from '#shared/domain/identity.ts';
import { NOBODYS, type Whose } from './places.ts';

/** `id`: how changes and holds name the person: by the account where nobody knows the human behind it. */
export type Known = Whose & { readonly id: PersonId; readonly name: string | null };

/** `id`: of a person or of an account. Null: nobody. */
export async function whoseData(
  deps: { readonly directory: Pick<Directory, 'accounts'> },
  db: Reader,
  id: string,
): Promise<Known | null> {
  const rows = await db
    .selectFrom('accounts')
    .select(['subject', 'person', 'kind', 'name'])
    .where((eb) => eb.or([eb('person', '=', id), eb('subject', '=', id)]))
    .execute();
  const accounts = deps.directory.accounts().map(({ principal }) => principal);
  const configured = accounts.find(({ person, subject }) => person === id || subject === id);
  const found = rows[0] ?? configured;
  if (found === undefined) return await accountOfNobody(db, id);
  if (found.kind === 'service') return null;
  const { person, name } = found;
  const stored = await db.selectFrom('accounts').select('subject').where('person', '=', person).execute();
  const listed = accounts.filter((each) => each.person === person);
  const [first, ...others] = new Set([...stored, ...listed].map(({ subject }) => subject));
  return first === undefined ? null : { id: person, person, name, subjects: [first, ...others] };
}

/** Whether this pseudonym stands for nobody any more. */
export async function isErased(db: Reader, subject: SubjectId): Promise<boolean> {
  const row = await db
    .selectFrom('erased_subjects')
    .select('subject')
    .where('subject', '=', subject)
    .executeTakeFirst();
  return row !== undefined;
}

/** As the directory told it before they ever signed in, or of a configuration that does not list them any more. */
async function accountOfNobody(db: Reader, subject: SubjectId): Promise<Known | null> {
  const row = await db
    .selectFrom('subjects')
    .select('id')
    .where('id', '=', subject)
    .where('issuer', '!=', NOBODYS)
    .executeTakeFirst();
  return row === undefined ? null : { id: subject, person: null, name: null, subjects: [subject] };
}
