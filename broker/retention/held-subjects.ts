// The accounts of everybody whose data a legal hold keeps. Read in the transaction that prunes, so that a hold that was
// placed a moment before counts. Fails closed: while a hold is on somebody whom nobody knows any more, nothing is pruned.
import { standingHolds } from '#broker/erasure/holds.ts';
import { whoseData } from '#broker/erasure/whose.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { Reader } from '#broker/store.ts';
import type { SubjectId } from '#shared/domain/identity.ts';

export async function heldSubjects(
  deps: { readonly directory: Pick<Directory, 'accounts'> },
  db: Reader,
): Promise<readonly [SubjectId, ...SubjectId[]]> {
  const subjects = new Set<SubjectId>();
  for (const { person } of await standingHolds(db)) {
    const known = await whoseData(deps, db, person);
    if (known === null) throw new Error('a legal hold is on somebody who is not listed any more: nothing is pruned');
    for (const subject of known.subjects) subjects.add(subject);
  }
  // One that nobody has: a list in SQL is never empty.
  return ['', ...subjects];
}
