// Whether a grant is being used at another replica at this moment: what memory here cannot know. Reads only.
import { sql } from 'kysely';
import type { Replicas } from '#broker/replicas/replicas.ts';
import type { Reader } from '#broker/store.ts';

/** A call that has begun and not ended at a replica that lives. What a dead one had was cut by its death. */
export async function isUsedElsewhere(
  db: Reader,
  grantId: string,
  { id, living }: Pick<Replicas, 'id' | 'living'>,
): Promise<boolean> {
  const { rows } = await sql`
    select use_id from gateway_open_uses
    where grant_id = ${grantId} and replica <> ${id} and replica in (${living}) limit 1
  `.execute(db);
  return rows.length > 0;
}
