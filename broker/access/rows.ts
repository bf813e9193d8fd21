// Reads and changes requests and grants. Every change is compare-and-set on (id, version) through its machine.
import type { Insertable } from 'kysely';
import { moveGrant, type GrantMove } from '#shared/domain/grant.ts';
import { moveRequest, type RequestMove } from '#shared/domain/request.ts';
import type { Reader, Tx } from '#broker/store.ts';
import { storedDecision } from './stored.ts';
import type { ApprovalRow, CredentialRow, GrantRow, RequestRow } from './tables.ts';

/** Somebody else changed the row first: the transaction is rolled back and the step is taken again on fresh rows. */
export class StaleRowError extends Error {
  override readonly name = 'StaleRowError';
}

export async function findRequest(db: Reader, id: string): Promise<RequestRow | undefined> {
  return await db.selectFrom('requests').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function findGrant(db: Reader, id: string): Promise<GrantRow | undefined> {
  return await db.selectFrom('grants').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function approvalsOf(db: Reader, requestId: string): Promise<ApprovalRow[]> {
  return await db
    .selectFrom('approvals')
    .selectAll()
    .where('request_id', '=', requestId)
    .orderBy('created_at_ms')
    .orderBy('id')
    .execute();
}

/** The same; nobody was ever asked about what policy alone approved. */
export async function answersTo(db: Reader, row: RequestRow): Promise<ApprovalRow[]> {
  return storedDecision(row).outcome === 'approved' ? [] : await approvalsOf(db, row.id);
}

export async function unrevokedCredentials(db: Reader, grantId: string): Promise<CredentialRow[]> {
  return await db
    .selectFrom('credentials')
    .selectAll()
    .where('grant_id', '=', grantId)
    .where('state', '!=', 'revoked')
    .execute();
}

type RequestChanges = Partial<Omit<RequestRow, 'id' | 'version' | 'state'>>;
type GrantChanges = Partial<Omit<GrantRow, 'id' | 'version' | 'state'>>;

/** Moves a request, or with `null` changes it in place. Gives the row as it is now. Throws StaleRowError when overtaken. */
export async function changeRequest(
  tx: Tx,
  row: RequestRow,
  move: RequestMove | null,
  changes: RequestChanges,
): Promise<RequestRow> {
  const moved = move === null ? { ok: true as const, value: row.state } : moveRequest(row.state, move);
  if (!moved.ok) throw new StaleRowError(`request ${row.id}: ${moved.error.move} from ${moved.error.from}`);
  const next = { ...row, ...changes, state: moved.value, version: row.version + 1 };
  const result = await tx
    .updateTable('requests')
    .set({ ...changes, state: next.state, version: next.version })
    .where('id', '=', row.id)
    .where('version', '=', row.version)
    .executeTakeFirst();
  if (result.numUpdatedRows !== 1n) throw new StaleRowError(`request ${row.id} changed`);
  return next;
}

/** Moves a grant, or with `null` changes it in place. Gives the row as it is now. Throws StaleRowError when overtaken. */
export async function changeGrant(
  tx: Tx,
  row: GrantRow,
  move: GrantMove | null,
  changes: GrantChanges,
): Promise<GrantRow> {
  const moved = move === null ? { ok: true as const, value: row.state } : moveGrant(row.state, move);
  if (!moved.ok) throw new StaleRowError(`grant ${row.id}: ${moved.error.move} from ${moved.error.from}`);
  const next = { ...row, ...changes, state: moved.value, version: row.version + 1 };
  const result = await tx
    .updateTable('grants')
    .set({ ...changes, state: next.state, version: next.version })
    .where('id', '=', row.id)
    .where('version', '=', row.version)
    .executeTakeFirst();
  if (result.numUpdatedRows !== 1n) throw new StaleRowError(`grant ${row.id} changed`);
  return next;
}

export async function insertGrant(tx: Tx, row: Insertable<GrantRow>): Promise<void> {
  await tx.insertInto('grants').values(row).execute();
}

const TRIES = 8;

/** Takes a step again on fresh rows when another transaction overtook it. */
export async function onFreshRows<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof StaleRowError) || attempt === TRIES) throw error;
    }
  }
}
