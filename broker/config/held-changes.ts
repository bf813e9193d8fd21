// Changes that wait for two people: how they are kept and found. Decides nothing of who may agree.
import type { Tx, Reader } from '#broker/store.ts';
import { newId } from '#broker/ids.ts';
import type { PersonId, SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import type { ChangeAnswerRow, HeldChangeRow } from './tables.ts';

/** Whoever proposes a change agrees to it: one more is needed then. */
export type Proposer = { readonly subject: SubjectId; readonly person: PersonId };

export type Proposal = Pick<HeldChangeRow, 'kind' | 'person'> & {
  readonly contentHash: string;
  readonly lines: readonly string[];
  /** Null: administrators alone. */
  readonly resources: readonly string[] | null;
  readonly proposer: Proposer | null;
  readonly nowMs: EpochMs;
};

export const PEOPLE_NEEDED = 2;

/** The newest change to exactly this content that is not closed, or undefined. */
export async function findOpenChange(db: Reader, contentHash: string): Promise<HeldChangeRow | undefined> {
  return await db
    .selectFrom('held_changes')
    .selectAll()
    .where('content_hash', '=', contentHash)
    .where('state', 'in', ['waiting', 'agreed'])
    .orderBy('proposed_at_ms', 'desc')
    .executeTakeFirst();
}

export async function proposeChange(tx: Tx, proposal: Proposal): Promise<HeldChangeRow> {
  const { kind, person, contentHash, lines, resources, proposer, nowMs } = proposal;
  const row: HeldChangeRow = {
    id: newId('chg'),
    kind,
    state: 'waiting',
    content_hash: contentHash,
    lines: JSON.stringify(lines),
    resources: resources === null ? null : JSON.stringify(resources),
    person,
    proposed_by: proposer?.subject ?? 'broker',
    proposed_at_ms: nowMs,
    closed_at_ms: null,
  };
  await tx.insertInto('held_changes').values(row).execute();
  if (proposer !== null) await addAnswer(tx, row.id, proposer, true, nowMs);
  return row;
}

export async function addAnswer(tx: Tx, changeId: string, by: Proposer, agree: boolean, nowMs: EpochMs): Promise<void> {
  await tx
    .insertInto('change_answers')
    .values({
      change_id: changeId,
      person: by.person,
      subject: by.subject,
      agree: agree ? 1 : 0,
      answered_at_ms: nowMs,
    })
    .execute();
}

export async function answersTo(db: Reader, changeId: string): Promise<readonly ChangeAnswerRow[]> {
  return await db
    .selectFrom('change_answers')
    .selectAll()
    .where('change_id', '=', changeId)
    .orderBy('answered_at_ms')
    .execute();
}

export async function closeChange(
  tx: Tx,
  id: string,
  state: 'agreed' | 'applied' | 'rejected',
  nowMs: EpochMs,
): Promise<void> {
  await tx.updateTable('held_changes').set({ state, closed_at_ms: nowMs }).where('id', '=', id).execute();
}
