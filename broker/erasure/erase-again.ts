// At each start, before anything is served: what a restored backup brought back is erased again, on record. Whom the
// database names erased goes into the list outside of it, whichever replica did it.
import type { BrokerStore } from '#broker/store.ts';
import type { PersonId, SubjectId } from '#shared/domain/identity.ts';
import { eraseSubjects, type EraseDeps } from './erase-subjects.ts';
import type { ErasedList } from './erased-list.ts';

export type AgainDeps = EraseDeps & { readonly store: BrokerStore };

/** Gives how many came back and were erased again. */
export async function eraseAgain(deps: AgainDeps, list: ErasedList): Promise<number> {
  const { read } = deps.store;
  const erased = await read.selectFrom('erased_subjects').select('subject').execute();
  await list.add(erased.map(({ subject }) => subject));
  const known = new Set(erased.map(({ subject }) => subject));
  const rows = await read
    .selectFrom('subjects')
    .leftJoin('accounts', 'accounts.subject', 'subjects.id')
    .select(['subjects.id', 'accounts.person'])
    .execute();
  const back = rows.filter(({ id }) => list.has(id) && !known.has(id));
  for (const { id, person } of back) await eraseOne(deps, id, person);
  return back.length;
}

async function eraseOne(deps: AgainDeps, subject: SubjectId, person: PersonId | null): Promise<void> {
  await deps.store.transaction(async (tx) => {
    await eraseSubjects(deps, tx, { subjects: [subject], person, change: null, agreedBy: 'after_restore' });
  });
}
