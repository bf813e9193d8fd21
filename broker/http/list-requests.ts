// Lists requests, newest first: the caller's own, those that wait for the caller's answer or had it, or emergencies of
// others that the caller is told of.
import type { Principal } from '#shared/domain/identity.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { isAsked, isConcerned, mayApproveRequest } from '#broker/access/asked.ts';
import { answersTo } from '#broker/access/rows.ts';
import type { RequestRow } from '#broker/access/tables.ts';
import { json, type Answer } from './answer.ts';
import type { Call, HandlerDeps } from './handler.ts';
import { readPageEnd, writePageEnd, type PageEnd } from './page.ts';
import { rememberAsked, requestView } from './request-view.ts';

type Listing = Call<'listRequests'>;
/** Reads at most this many of the rows that pass, from the page's end on. */
type Source = (after: PageEnd | null, limit: number) => Promise<readonly RequestRow[]>;

const AT_ONCE = 100;
/** Older emergencies are for the review of access. */
const CONCERNED_WITHIN_MS = 7 * DAY_MS;

export async function listRequests(deps: HandlerDeps, { principal, query }: Listing): Promise<Answer> {
  const after = query.after === undefined ? null : readPageEnd(query.after);
  const rows = await sourceOf(deps, principal, query)(after, query.limit + 1);
  const page = rows.slice(0, query.limit);
  const askedOf = rememberAsked(deps);
  const views = await Promise.all(
    page.map(async (row) => requestView(deps, principal, row, await answersTo(deps.store.read, row), askedOf)),
  );
  const last = page.at(-1);
  return json({ requests: views, next: rows.length > page.length && last !== undefined ? endAt(last) : null });
}

function endAt(row: RequestRow): string {
  return writePageEnd({ atMs: row.created_at_ms, id: row.id });
}

function sourceOf(deps: HandlerDeps, principal: Principal, { role, state }: Listing['query']): Source {
  if (role === 'requester') return ownRequests(deps, principal, state);
  if (role === 'concerned') return emergencies(deps, principal, state);
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

/** What the caller can still answer, and nothing else. */
function waitingRequests(deps: HandlerDeps, principal: Principal): Source {
  const rows = (after: PageEnd | null) =>
    newestFirst(deps, after, AT_ONCE)
      .where('state', '=', 'pending')
      .where('subject', '!=', principal.subject)
      .where((eb) => eb.or([eb('lapses_at_ms', 'is', null), eb('lapses_at_ms', '>', deps.clock.now())]))
      .execute();
  return sifted(rows, async (row) => {
    if (!isAsked(deps, row, principal)) return false;
    const answers = await answersTo(deps.store.read, row);
    return !answers.some((answer) => answer.person === principal.person);
  });
}

/** What the caller answered, as long as policy still lets them approve it. */
function answeredRequests(deps: HandlerDeps, principal: Principal, state: RequestRow['state']): Source {
  const rows = (after: PageEnd | null) =>
    newestFirst(deps, after, AT_ONCE)
      .where('state', '=', state)
      .where('subject', '!=', principal.subject)
      .where('id', 'in', (eb) => eb.selectFrom('approvals').select('request_id').where('person', '=', principal.person))
      .execute();
  return sifted(rows, (row) => mayApproveRequest(deps, row, principal));
}

function emergencies(deps: HandlerDeps, principal: Principal, state: RequestRow['state'] | undefined): Source {
  const rows = async (after: PageEnd | null) => {
    const select = newestFirst(deps, after, AT_ONCE)
      .where('break_glass', '=', 1)
      .where('created_at_ms', '>', deps.clock.now() - CONCERNED_WITHIN_MS);
    return await (state === undefined ? select : select.where('state', '=', state)).execute();
  };
  return sifted(rows, (row) => isConcerned(deps, row, principal));
}

/** Policy is asked for each row: a list never shows what the caller could not open. */
function sifted(
  rowsAfter: (after: PageEnd | null) => Promise<readonly RequestRow[]>,
  passes: (row: RequestRow) => boolean | Promise<boolean>,
): Source {
  return async (first, limit) => {
    const found: RequestRow[] = [];
    let after = first;
    for (;;) {
      const rows = await rowsAfter(after);
      for (const row of rows) {
        if (await passes(row)) found.push(row);
        if (found.length === limit) return found;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < AT_ONCE) return found;
      after = { atMs: last.created_at_ms, id: last.id };
    }
  };
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
