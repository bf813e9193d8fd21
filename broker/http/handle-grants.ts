// The grant routes: list, Done, revoke.
import { mayRevoke, releaseGrant, revokeGrant } from '#broker/access/release.ts';
import type { GrantRow, RequestRow } from '#broker/access/tables.ts';
import { personOf } from '#broker/oversight/scope.ts';
import type { GrantView } from '#shared/contracts/broker-api.ts';
import { json, refused } from './answer.ts';
import type { Call, HandlerDeps, Handlers } from './handler.ts';
import { readPageEnd, writePageEnd } from './page.ts';
import { grantView } from './views.ts';

export const grantHandlers: Handlers<'listGrants' | 'release' | 'revoke'> = {
  listGrants: async (deps, call) => {
    const rows = await listGrants(deps, call);
    const page = rows.slice(0, call.query.limit);
    const requests = call.query.of === 'me' ? new Map<string, RequestRow>() : await requestsOf(deps, page);
    return json({
      grants: page.map((row) => ({
        ...grantView(deps, call.principal, row),
        ...forOverseers(deps, row, requests.get(row.request_id)),
      })),
      next: rows.length > page.length ? endOf(page) : null,
    });
  },
  release: async (deps, { principal, id }) => {
    const released = await releaseGrant(deps, principal, id);
    return released.ok ? json(grantView(deps, principal, released.value)) : refused(released.error);
  },
  revoke: async (deps, { principal, id, body }) => {
    const revoked = await revokeGrant(deps, principal, id, body.reason);
    return revoked.ok ? json(grantView(deps, principal, revoked.value)) : refused(revoked.error);
  },
};

async function listGrants(deps: HandlerDeps, { principal, query }: Call<'listGrants'>): Promise<GrantRow[]> {
  let select = deps.store.read
    .selectFrom('grants')
    .selectAll()
    .orderBy('starts_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(query.limit + 1);
  if (query.of === 'me') select = select.where('subject', '=', principal.subject);
  else select = select.where('resource', 'in', revocableResources(deps, principal));
  if (query.state !== undefined) select = select.where('state', '=', query.state);
  if (query.after !== undefined) {
    const { atMs, id } = readPageEnd(query.after);
    select = select.where((eb) => eb(eb.refTuple('starts_at_ms', 'id'), '<', eb.tuple(atMs, id)));
  }
  return await select.execute();
}

function endOf(page: readonly GrantRow[]): string | null {
  const last = page.at(-1);
  return last === undefined ? null : writePageEnd({ atMs: last.starts_at_ms, id: last.id });
}

async function requestsOf(deps: HandlerDeps, page: readonly GrantRow[]): Promise<ReadonlyMap<string, RequestRow>> {
  if (page.length === 0) return new Map();
  const ids = page.map(({ request_id }) => request_id);
  const rows = await deps.store.read.selectFrom('requests').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

function forOverseers(
  deps: HandlerDeps,
  grant: GrantRow,
  request: RequestRow | undefined,
): Pick<GrantView, 'oversight'> {
  if (request === undefined) return {};
  const resource = deps.snapshot().resource(grant.resource);
  return {
    oversight: {
      person: personOf(deps, grant.subject),
      purpose: request.purpose,
      breakGlass: request.break_glass === 1,
      sensitivity: resource?.sensitivity ?? null,
      tags: [...(resource?.tags ?? [])],
    },
  };
}

/** Never empty, so that the filter can be written in one way: an id that no resource has matches nothing. */
function revocableResources(deps: HandlerDeps, principal: Call<'listGrants'>['principal']): string[] {
  const mine = deps
    .snapshot()
    .resources()
    .filter((resource) => mayRevoke(deps, principal, { resource: resource.id }));
  return ['', ...mine.map((resource) => resource.id)];
}
