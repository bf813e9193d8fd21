// A finding is answered: cleared, or followed up. Never by whom it is about, nor by who approved that access: their own
// judgement is what is looked at. Each answer is on record; a later one replaces it.
import type { AccessDeps } from '#broker/access/access-deps.ts';
import { recordGrant } from '#broker/access/records.ts';
import { refuse, type AccessRefusal } from '#broker/access/refusal.ts';
import { approvalsOf, findGrant } from '#broker/access/rows.ts';
import type { ApprovalRow, GrantRow } from '#broker/access/tables.ts';
import type { Reader } from '#broker/store.ts';
import type { FindingAnswer } from '#shared/contracts/oversight-api.ts';
import type { Principal } from '#shared/domain/identity.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { oversightOf, personOf, sees } from './scope.ts';
import type { FindingRow } from './tables.ts';

export type AnsweredFinding = { readonly finding: FindingRow; readonly grant: GrantRow };
type Answering = {
  readonly principal: Principal;
  readonly findingId: string;
  readonly answer: FindingAnswer;
  readonly note: string;
};

/** Whether this person may answer what was found about the grant. */
export function mayAnswer(
  deps: AccessDeps,
  principal: Principal,
  grant: Pick<GrantRow, 'subject' | 'resource'>,
  approvals: readonly Pick<ApprovalRow, 'person' | 'answer'>[],
): boolean {
  if (principal.kind !== 'person' || !sees(oversightOf(deps, principal), grant.resource)) return false;
  if (principal.subject === grant.subject || principal.person === personOf(deps, grant.subject)) return false;
  return !approvals.some(({ person, answer }) => answer === 'approve' && person === principal.person);
}

/** Gives the finding as it is answered; the same answer again changes nothing. */
export async function answerFinding(
  deps: AccessDeps,
  answering: Answering,
): Promise<Result<AnsweredFinding, AccessRefusal>> {
  const { principal, findingId, answer, note } = answering;
  return await deps.store.transaction(async (tx): Promise<Result<AnsweredFinding, AccessRefusal>> => {
    const found = await findFinding(tx, findingId);
    const grant = found === undefined ? undefined : await findGrant(tx, found.grant_id);
    if (found === undefined || grant === undefined || !sees(oversightOf(deps, principal), grant.resource))
      return refuse('not_found', 'There is no such finding.');
    if (!mayAnswer(deps, principal, grant, await approvalsOf(tx, grant.request_id)))
      return refuse(
        'forbidden',
        'Somebody else answers this: nobody does about their own access, or what they approved.',
      );
    if (
      found.answer === answer &&
      found.note === (note === '' ? null : note) &&
      found.answered_by === principal.subject
    )
      return ok({ finding: found, grant });
    const changes = {
      answer,
      answered_by: principal.subject,
      answered_at_ms: deps.clock.now(),
      note: note === '' ? null : note,
    };
    await tx.updateTable('findings').set(changes).where('id', '=', findingId).execute();
    await recordGrant(deps, tx, grant, {
      kind: 'finding.answered',
      actor: principal.subject,
      data: { finding: findingId, answer },
      words: { of: principal.subject, text: { note } },
    });
    return ok({ finding: { ...found, ...changes }, grant });
  });
}

async function findFinding(db: Reader, id: string): Promise<FindingRow | undefined> {
  return await db.selectFrom('findings').selectAll().where('id', '=', id).executeTakeFirst();
}
