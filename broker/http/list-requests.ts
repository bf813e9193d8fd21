// Lists requests, newest first: the caller's own, or those that wait for the caller's answer or had it.
import type { Principal } from '#shared/domain/identity.ts';
import { mayApproveRequest } from '#broker/access/approve.ts';
import { approvalsOf } from '#broker/access/rows.ts';
import { storedDecision } from '#broker/access/stored.ts';
import type { RequestRow } from '#broker/access/tables.ts';
import { json, type Answer } from './answer.ts';
import type { Call, HandlerDeps } from './handler.ts';
import { readPageEnd, writePageEnd, type PageEnd } from './page.ts';
import { requestView } from './views.ts';

type Listing = Call<'listRequests'>;
/** Reads at most this many of the rows that pass, from the page's end on. */
type Source = (after: PageEnd | null, limit: number) => Promise<readonly RequestRow[]>;

const WAITING_AT_ONCE = 100;

export async function listRequests(deps: HandlerDeps, { principal, query }: Listing): Promise<Answer> {
  const after = query.after === undefined ? null : readPageEnd(query.after);
  const rows = await sourceOf(deps, principal, query)(after, query.limit + 1);
  const page = rows.slice(0, query.limit);
  const views = await Promise.all(
    page.map(async (row) => requestView(deps, principal, row, await approvalsOf(deps.store.read, row.id))),
  );
  const last = page.at(-1);
  return json({ requests: views, next: rows.length > page.length && last !== undefined ? endAt(last) : null });
}

function endAt(row: RequestRow): string {
  return writePageEnd({ atMs: row.created_at_ms, id: row.id });
}

function sourceOf(deps: HandlerDeps, principal: Principal, { role, state }: Listing['query']): Source {
  if (role === 'requester') return ownRequests(deps, principal, state);
  return state === undefined || state === 'pending'
    ? waitingRequests(deps, principal)
    : answeredRequests(deps, principal, state);
}

function ownRequests(deps: HandlerDeps, principal: Principal, state: RequestRow['state'] | undefined): Source {
  return async (after, limit) => {
    let select = newestFirst(deps, after, limit).where('subject', '=', principal.subject);
    if (state !== undefined) select = select.where('state', '=', state);
    return await select.execute();
  };
}

/** Policy is asked for each: the list never shows a request that the caller could not answer. */
function waitingRequests(deps: HandlerDeps, principal: Principal): Source {
  return async (first, limit) => {
    const mine: RequestRow[] = [];
    let after = first;
    for (;;) {
      const rows = await newestFirst(deps, after, WAITING_AT_ONCE)
        .where('state', '=', 'pending')
        .where('subject', '!=', principal.subject)
        .execute();
      for (const row of rows) {
        if (await waitsFor(deps, principal, row)) mine.push(row);
        if (mine.length === limit) return mine;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < WAITING_AT_ONCE) return mine;
      after = { atMs: last.created_at_ms, id: last.id };
    }
  };
}

function answeredRequests(deps: HandlerDeps, principal: Principal, state: RequestRow['state']): Source {
  return async (after, limit) =>
    await newestFirst(deps, after, limit)
      .where('state', '=', state)
      .where('subject', '!=', principal.subject)
      .where('id', 'in', (eb) => eb.selectFrom('approvals').select('request_id').where('person', '=', principal.person))
      .execute();
}

function newestFirst(deps: HandlerDeps, after: PageEnd | null, limit: number) {
  const select = deps.store.read
    .selectFrom('requests')
    .selectAll()
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  return after === null
    ? select
    : select.where((eb) => eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(after.atMs, after.id)));
}

async function waitsFor(deps: HandlerDeps, principal: Principal, row: RequestRow): Promise<boolean> {
  if (storedDecision(row).outcome !== 'needs_approval') return false;
  const answers = await approvalsOf(deps.store.read, row.id);
  if (answers.some((answer) => answer.person === principal.person)) return false;
  return await mayApproveRequest(deps, deps.store.read, row, principal);
}
