// One account at one issuer has one random subject id for good. The id says nothing of who it is.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';

export type Account = { readonly issuer: string; readonly externalId: string };

/** The account's subject id; made when it is new, once also when two replicas do it at the same time. */
export async function lastingSubject(tx: Tx, account: Account, nowMs: EpochMs): Promise<SubjectId> {
  const known = await findSubject(tx, account);
  if (known !== null) return known;
  const id = newId('sub');
  await tx
    .insertInto('subjects')
    .values({ id, issuer: account.issuer, external_id: account.externalId, created_at_ms: nowMs })
    .onConflict((conflict) => conflict.columns(['issuer', 'external_id']).doNothing())
    .execute();
  return (await findSubject(tx, account)) ?? id;
}

async function findSubject(tx: Tx, { issuer, externalId }: Account): Promise<SubjectId | null> {
  const row = await tx
    .selectFrom('subjects')
    .select('id')
    .where('issuer', '=', issuer)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  return row?.id ?? null;
}
