// The rows of uses that have begun and not ended. On every call's path, so the SQL of both writes is built once.
import { CompiledQuery, sql } from 'kysely';
import type { Replicas } from '#broker/replicas/replicas.ts';
import type { Reader, Tx } from '#broker/store.ts';
import type { OpenUseRow } from './tables.ts';

export type OpenUses = {
  readonly add: (tx: Tx, row: OpenUseRow) => Promise<void>;
  /** The same, if the database says in this transaction that the credential is on; else false. */
  readonly addIfOn: (tx: Tx, row: OpenUseRow, credentialId: string) => Promise<boolean>;
  /** False when it is not there: somebody else took this replica for dead and ended the use. */
  readonly remove: (tx: Tx, useId: string) => Promise<boolean>;
};

/** One set for one database: the built SQL is in its dialect. */
export function createOpenUses(): OpenUses {
  let insert: string | null = null;
  let insertIfOn: string | null = null;
  let remove: string | null = null;
  return {
    add: async (tx, row) => {
      const values = [row.use_id, row.grant_id, row.request_id, row.subject, row.resource, row.replica];
      insert ??= sql`insert into gateway_open_uses (use_id, grant_id, request_id, subject, resource, replica)
        values (${sql.join(values)})`.compile(tx).sql;
      await tx.executeQuery(CompiledQuery.raw(insert, values));
    },
    addIfOn: async (tx, row, credentialId) => {
      const values = [row.use_id, row.grant_id, row.request_id, row.subject, row.resource, row.replica];
      insertIfOn ??= sql`insert into gateway_open_uses (use_id, grant_id, request_id, subject, resource, replica)
        select ${sql.join(values)} from credentials c join grants g on g.id = c.grant_id
        where c.id = ${credentialId} and c.state = 'issued' and g.state = 'active'`.compile(tx).sql;
      return (await tx.executeQuery(CompiledQuery.raw(insertIfOn, [...values, credentialId]))).numAffectedRows === 1n;
    },
    remove: async (tx, useId) => {
      remove ??= sql`delete from gateway_open_uses where use_id = ${useId}`.compile(tx).sql;
      return (await tx.executeQuery(CompiledQuery.raw(remove, [useId]))).numAffectedRows === 1n;
    },
  };
}

/** Uses of replicas that do not live, and those of this one that it does not know (any more). */
export async function findOrphans(
  db: Reader,
  { id, living }: Pick<Replicas, 'id' | 'living'>,
  isRunning: (useId: string) => boolean,
): Promise<readonly OpenUseRow[]> {
  // One statement: a replica that began since is either in both or in none.
  const { rows } = await sql<OpenUseRow>`
    select use_id, grant_id, request_id, subject, resource, replica from gateway_open_uses
    where replica is null or replica = ${id} or replica not in (${living})`.execute(db);
  return rows.filter((row) => row.replica !== id || !isRunning(row.use_id));
}
