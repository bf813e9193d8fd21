// Lists requests, newest first: the caller's own, or those that wait for the caller's answer.
import type { Principal } from '#shared/domain/identity.ts';
import { mayApproveRequest } from '#broker/access/approve.ts';
import { approvalsOf } from '#broker/access/rows.ts';
import { storedDecision } from '#broker/access/stored.ts';
import type { RequestRow } from '#broker/access/tables.ts';
import { json, type Answer } from './answer.ts';
import type { Call, HandlerDeps } from './handler.ts';
import { requestView } from './views.ts';

type Listing = Call<'listRequests'>;
type Position = Pick<RequestRow, 'created_at_ms' | 'id'>;

/** Rows are read in pages: an open cursor would hold the one connection that policy's own questions need. */
const PAGE = 100;

export async function listRequests(deps: HandlerDeps, { principal, query }: Listing): Promise<Answer> {
  const rows =
    query.role === 'requester'
      ? await ownRequests(deps, principal, query)
      : await requestsToAnswer(deps, principal, query);
  const page = rows.slice(0, query.limit);
  const views = await Promise.all(
    page.map(async (row) => requestView(deps, principal, row, await approvalsOf(deps.store.read, row.id))),
  );
  return json({ requests: views, next: rows.length > page.length ? (page.at(-1)?.id ?? null) : null });
}

async function ownRequests(deps: HandlerDeps, principal: Principal, query: Listing['query']): Promise<RequestRow[]> {
  let select = deps.store.read
    .selectFrom('requests')
    .selectAll()
    .where('subject', '=', principal.subject)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  const after = await position(deps, query.after);
  if (after !== null)
    select = select.where((eb) => eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(after.created_at_ms, after.id)));
  return await select.execute();
}

/** Policy is asked for each: the list never shows a request that the caller could not answer or has not answered. */
async function requestsToAnswer(
  deps: HandlerDeps,
  principal: Principal,
  query: Listing['query'],
): Promise<RequestRow[]> {
  const mine: RequestRow[] = [];
  let after = await position(deps, query.after);
  for (;;) {
    const page = await othersRequests(deps, principal, query.state ?? 'pending', after);
    for (const row of page) {
      if (await isForMe(deps, principal, row)) mine.push(row);
      if (mine.length > query.limit) return mine;
    }
    after = page.at(-1) ?? null;
    if (after === null || page.length < PAGE) return mine;
  }
}

async function othersRequests(
  deps: HandlerDeps,
  principal: Principal,
  state: RequestRow['state'],
  after: Position | null,
): Promise<RequestRow[]> {
  let select = deps.store.read
    .selectFrom('requests')
    .selectAll()
    .where('subject', '!=', principal.subject)
    .where('state', '=', state)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(PAGE);
  if (after !== null)
    select = select.where((eb) => eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(after.created_at_ms, after.id)));
  return await select.execute();
}

async function isForMe(deps: HandlerDeps, principal: Principal, row: RequestRow): Promise<boolean> {
  const answers = await approvalsOf(deps.store.read, row.id);
  const answered = answers.some((answer) => answer.person === principal.person);
  if (row.state !== 'pending') return answered;
  const waitsForPeople = storedDecision(row).outcome === 'needs_approval';
  return waitsForPeople && !answered && (await mayApproveRequest(deps, deps.store.read, row, principal));
}

async function position(deps: HandlerDeps, after: string | undefined): Promise<Position | null> {
  if (after === undefined) return null;
  const row = await deps.store.read
    .selectFrom('requests')
    .select(['created_at_ms', 'id'])
    .where('id', '=', after)
    .executeTakeFirst();
  return row ?? null;
}
