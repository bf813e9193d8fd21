// One account at one issuer has one random subject id for good. The id says nothing of who it is.
import type { SubjectId } from '#shared/domain/identity.ts';
import type { EpochMs } from '#shared/domain/time.ts';
import { newId } from '#broker/ids.ts';
import type { Tx } from '#broker/store.ts';

export type Account = { readonly issuer: string; readonly externalId: string };

/** The account's subject id; made when it is new. */
export async function lastingSubject(tx: Tx, { issuer, externalId }: Account, nowMs: EpochMs): Promise<SubjectId> {
  const known = await tx
    .selectFrom('subjects')
    .select('id')
    .where('issuer', '=', issuer)
    .where('external_id', '=', externalId)
    .executeTakeFirst();
  if (known !== undefined) return known.id;
  const id = newId('sub');
  await tx.insertInto('subjects').values({ id, issuer, external_id: externalId, created_at_ms: nowMs }).execute();
  return id;
}
