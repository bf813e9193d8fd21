// The one place of a grant that ends with its operation, where several replicas could give it: a row that only one call
// can have. It stays when the call was made, and goes when it was not.
import type { Tx } from '#broker/store.ts';

/** Takes the place for this use. `done`: the call that has it ended, and counts as made. */
export async function takePlace(tx: Tx, grantId: string, useId: string): Promise<'taken' | 'running' | 'done'> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('gateway_operations')
    .values({ grant_id: grantId, use_id: useId })
    .onConflict((conflict) => conflict.column('grant_id').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 1n) return 'taken';
  const running = await tx
    .selectFrom('gateway_operations')
    .innerJoin('gateway_open_uses', 'gateway_open_uses.use_id', 'gateway_operations.use_id')
    .select('gateway_operations.use_id')
    .where('gateway_operations.grant_id', '=', grantId)
    .executeTakeFirst();
  return running === undefined ? 'done' : 'running';
}

export async function leavePlace(tx: Tx, useId: string): Promise<void> {
  await tx.deleteFrom('gateway_operations').where('use_id', '=', useId).execute();
}
