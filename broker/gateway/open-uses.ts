// The rows of uses that have begun and not ended. On every call's path, so the SQL of both writes is built once.
import { CompiledQuery, sql } from 'kysely';
import type { Tx } from '#broker/store.ts';
import type { OpenUseRow } from './tables.ts';

export type OpenUses = {
  readonly add: (tx: Tx, row: OpenUseRow) => Promise<void>;
  readonly remove: (tx: Tx, useId: string) => Promise<void>;
};

/** One set for one database: the built SQL is in its dialect. */
export function createOpenUses(): OpenUses {
  let insert: string | null = null;
  let remove: string | null = null;
  return {
    add: async (tx, row) => {
      const values = [row.use_id, row.grant_id, row.request_id, row.subject, row.resource];
      insert ??= sql`insert into gateway_open_uses (use_id, grant_id, request_id, subject, resource)
        values (${sql.join(values)})`.compile(tx).sql;
      await tx.executeQuery(CompiledQuery.raw(insert, values));
    },
    remove: async (tx, useId) => {
      remove ??= sql`delete from gateway_open_uses where use_id = ${useId}`.compile(tx).sql;
      await tx.executeQuery(CompiledQuery.raw(remove, [useId]));
    },
  };
}
