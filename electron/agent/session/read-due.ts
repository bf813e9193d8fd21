// Reads from the broker what is due and puts it into the book. Whatever could not be read stays due.
import type { GrantView, RequestView } from '#shared/contracts/broker-api.ts';
import { isRequestOver } from '#shared/domain/request.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { Book, Pages } from './book.ts';
import { emptyDue, isNothingDue, type Due } from './due.ts';
import type { PersonDeps } from './person-deps.ts';
import type { BrokerClient } from '#shared/client/broker-client.ts';
import { isPassing, reach, type Refused } from './reach.ts';
import { allGrants, allRequests } from './read-person.ts';

export type ReadDeps = Pick<PersonDeps, 'user' | 'erased' | 'listener' | 'heldGrants' | 'wantedRequests' | 'scope'> & {
  readonly client: BrokerClient;
  readonly book: Book;
  readonly pages: Pages;
  /** Told after each call whether the broker answered. */
  readonly heard: (reachable: boolean) => void;
};

/** How far back closed requests are looked for, by count. */
const RECENT = 50;
const ANSWERED = 100;
const EMERGENCIES = 50;

/** Null: all was read. Else what is still due. */
export async function readDue(deps: ReadDeps, due: Due): Promise<Due | null> {
  const left = emptyDue();
  if (due.everything) {
    const read = await readEverything(deps);
    if (keepsDue(deps, read)) left.everything = true;
    // Everything includes what the marks were about.
    return left.everything ? left.merge(due) : null;
  }
  for (const id of due.requests) {
    const read = await readRequest(deps, id, due);
    if (keepsDue(deps, read)) left.requests.add(id);
  }
  if (due.grants.size > 0 && keepsDue(deps, await readGrants(deps, due.grants)))
    for (const id of due.grants) left.grants.add(id);
  if (due.approvals && keepsDue(deps, await readApprovals(deps))) left.approvals = true;
  if (due.emergencies && deps.scope() === 'all' && keepsDue(deps, await readEmergencies(deps))) left.emergencies = true;
  return isNothingDue(left) ? null : left;
}

function keepsDue(deps: ReadDeps, read: Result<unknown, Refused>): boolean {
  if (read.ok) deps.heard(true);
  else deps.heard(read.error.code !== 'unreachable');
  return !read.ok && isPassing(read.error);
}

async function readEverything(deps: ReadDeps): Promise<Result<null, Refused>> {
  const { client, pages } = deps;
  // Enrolled already is fine, and a broker whose database was replaced learns of the device again.
  const enrolled = await reach(() => client.enrolDevice());
  if (!enrolled.ok) return enrolled;
  const me = await reach(() => client.me());
  if (!me.ok) return me;
  const erased = await deps.erased.read(client, deps.user, me.value.subject);
  if (!erased.ok) return erased;
  // Read again when something waits for an answer: until then nobody's old name is shown.
  if (erased.value) pages.setAnswered([]);
  pages.setMe(me.value);
  const catalog = await reach(() => client.catalog());
  if (!catalog.ok) return catalog;
  pages.setCatalog(catalog.value);
  const steps = [readOwnRequests, readHeldGrants, ...(deps.scope() === 'all' ? [readApprovals, readEmergencies] : [])];
  for (const step of steps) {
    const read = await step(deps);
    if (!read.ok) return read;
  }
  deps.listener.onCaughtUp();
  return ok(null);
}

async function readOwnRequests(deps: ReadDeps): Promise<Result<null, Refused>> {
  const found = new Map<string, RequestView>();
  const queries = [{ state: 'pending' }, { state: 'approved' }] as const;
  for (const query of queries) {
    const views = await allRequests(deps.client, query);
    if (!views.ok) return views;
    for (const view of views.value) found.set(view.id, view);
  }
  const recent = await allRequests(deps.client, {}, RECENT);
  if (!recent.ok) return recent;
  for (const view of recent.value) found.set(view.id, view);
  const open = [...deps.book.requests().values()].filter(({ state }) => !isRequestOver(state)).map(({ id }) => id);
  for (const id of new Set([...deps.wantedRequests(), ...open])) {
    if (found.has(id)) continue;
    const view = await reach(() => deps.client.request(id));
    if (view.ok) found.set(id, view.value);
    else if (isPassing(view.error)) return view;
  }
  const wanted = new Set(deps.wantedRequests());
  deps.pages.forgetRequests(({ id }) => found.has(id) || wanted.has(id));
  // Oldest first, as they would have come.
  for (const view of [...found.values()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))) take(deps, view);
  return ok(null);
}

function take(deps: ReadDeps, view: RequestView): void {
  const before = deps.book.requests().get(view.id);
  deps.pages.putRequest(view);
  deps.listener.onRequest(view, before);
}

async function readRequest(deps: ReadDeps, id: string, due: Due): Promise<Result<unknown, Refused>> {
  if (deps.book.approvals().has(id)) due.approvals = true;
  const view = await reach(() => deps.client.request(id));
  if (view.ok && view.value.requester.me) take(deps, view.value);
  // Not mine, or not mine to see any more: the list of what waits for me says which.
  else if (view.ok || view.error.code === 'not_found') due.approvals = deps.scope() === 'all';
  return view;
}

async function readApprovals(deps: ReadDeps): Promise<Result<null, Refused>> {
  const waiting = await allRequests(deps.client, { role: 'approver' });
  if (!waiting.ok) return waiting;
  const before = deps.book.approvals();
  if (waiting.value.some(({ id }) => !before.has(id))) {
    const answered = await readAnswered(deps.client);
    if (!answered.ok) return answered;
    deps.pages.setAnswered(answered.value);
  }
  deps.pages.setApprovals(waiting.value);
  deps.listener.onApprovals(before);
  return ok(null);
}

async function readEmergencies(deps: ReadDeps): Promise<Result<null, Refused>> {
  const views = await allRequests(deps.client, { role: 'concerned' }, EMERGENCIES);
  // One that does not know the question is no reason to do without all else that it knows.
  if (!views.ok) return isPassing(views.error) ? views : ok(null);
  deps.listener.onEmergencies(views.value);
  return ok(null);
}

async function readAnswered(client: BrokerClient): Promise<Result<readonly RequestView[], Refused>> {
  const answered: RequestView[] = [];
  for (const state of ['fulfilled', 'approved', 'rejected'] as const) {
    const views = await allRequests(client, { role: 'approver', state }, ANSWERED);
    if (!views.ok) return views;
    answered.push(...views.value);
  }
  return ok(answered);
}

/** Which of the grants that this machine holds are over, as the broker says. */
async function readHeldGrants(deps: ReadDeps): Promise<Result<null, Refused>> {
  // Taken before the lists are read: what is collected meanwhile is not in them.
  const held = deps.heldGrants();
  const live = new Map<string, GrantView>();
  for (const state of ['active', 'activating'] as const) {
    const views = await allGrants(deps.client, { state });
    if (!views.ok) return views;
    for (const view of views.value) live.set(view.id, view);
  }
  for (const view of live.values()) deps.pages.putGrant(view);
  const kept = new Set(deps.heldGrants());
  deps.pages.forgetGrants(({ id }) => live.has(id) || kept.has(id));
  const over = held.filter((id) => !live.has(id));
  return over.length === 0 ? ok(null) : await readGrants(deps, new Set(over));
}

/** Looks up grants that ended. One that the broker does not have is over as well. */
async function readGrants(deps: ReadDeps, ids: ReadonlySet<string>): Promise<Result<null, Refused>> {
  const held = new Set(deps.heldGrants());
  const wanted = new Set([...ids].filter((id) => held.has(id) || deps.book.grants().has(id)));
  if (wanted.size === 0) return ok(null);
  const missing = new Set(wanted);
  const views = await allGrants(deps.client, {}, ({ id }) => {
    missing.delete(id);
    return missing.size === 0;
  });
  if (!views.ok) return views;
  const found = new Map(views.value.filter(({ id }) => wanted.has(id)).map((view) => [view.id, view]));
  for (const id of wanted) {
    const view = found.get(id) ?? null;
    if (view !== null) deps.pages.putGrant(view);
    if (view === null || (view.state !== 'active' && view.state !== 'activating')) deps.listener.onGrantOver(id, view);
  }
  return ok(null);
}
