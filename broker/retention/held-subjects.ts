// The accounts of everybody whose data a legal hold keeps. Read in the transaction that prunes, so that a hold that was
// placed a moment before counts. Fails closed: while a hold is on somebody whom nobody knows any more, nothing is pruned.
import { standingHolds } from '#broker/erasure/holds.ts';
import { whoseData } from '#broker/erasure/whose.ts';
import type { Directory } from '#broker/identity/directory.ts';
import type { Reader } from '#broker/store.ts';
import type { SubjectId } from '#shared/domain/identity.ts';

/** A subject that nobody has: a list in SQL is never empty. */
export const NOBODY: readonly [SubjectId] = [''];

type Deps = { readonly directory: Pick<Directory, 'accounts'> };
type Held = readonly [SubjectId, ...SubjectId[]];

/** Throws while nobody can tell all of them. */
export async function heldSubjects(deps: Deps, db: Reader): Promise<Held> {
  const held = await findHeld(deps, db);
  if (held === null) throw new Error('a legal hold is on somebody who is not listed any more: nothing is pruned');
  return held;
}

/** Null: one of them is not listed any more. */
export async function findHeld(deps: Deps, db: Reader): Promise<Held | null> {
  const subjects = new Set<SubjectId>();
  for (const { person } of await standingHolds(db)) {
    const known = await whoseData(deps, db, person);
    if (known === null) return null;
    for (const subject of known.subjects) subjects.add(subject);
  }
  return [...NOBODY, ...subjects];
}
