// The one number that tells replicas whether their memory of accounts, disabled people and devices is still true.
import { sql } from 'kysely';
import type { Reader, Tx } from '#broker/store.ts';

/** Call in the transaction of a change. The row is locked until it commits, so versions become visible in order. */
export async function nextVersion(tx: Tx): Promise<number> {
  const { version } = await tx
    .updateTable('directory_version')
    .set({ version: sql<number>`version + 1` })
    .where('id', '=', 1)
    .returning('version')
    .executeTakeFirstOrThrow();
  return Number(version);
}

export async function readVersion(db: Reader): Promise<number> {
  const { version } = await db
    .selectFrom('directory_version')
    .select('version')
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(version);
}
