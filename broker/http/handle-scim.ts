// The SCIM routes: a directory tells which accounts exist and which of them are active.
import { USER_SCHEMA, type ScimUser } from '#shared/contracts/scim-api.ts';
import { assertNever, type Result } from '#shared/domain/result.ts';
import { formatInstant } from '#shared/domain/time.ts';
import { listOf, resourceTypes, schemas, serviceProviderConfig } from '#broker/scim/discovery.ts';
import { readFilter } from '#broker/scim/filter.ts';
import { readPatch } from '#broker/scim/patch.ts';
import {
  changeUser,
  createUser,
  findUser,
  listUsers,
  removeUser,
  type ScimAccount,
  type ScimFault,
} from '#broker/scim/users.ts';
import type { Answer } from './answer.ts';
import type { Handlers } from './handler.ts';
import { scimError, scimJson, scimNothing } from './scim-answer.ts';

type ScimRoutes =
  | 'scimConfig'
  | 'scimResourceTypes'
  | 'scimSchemas'
  | 'scimListUsers'
  | 'scimCreateUser'
  | 'scimGetUser'
  | 'scimReplaceUser'
  | 'scimPatchUser'
  | 'scimRemoveUser';

export const scimHandlers: Handlers<ScimRoutes> = {
  scimConfig: (_deps, { request }) => scimJson(serviceProviderConfig(baseOf(request))),
  scimResourceTypes: (_deps, { request }) => scimJson(resourceTypes(baseOf(request))),
  scimSchemas: (_deps, { request }) => scimJson(schemas(baseOf(request))),
  scimListUsers: async (deps, { query, request }) => {
    const filter = query.filter === undefined ? null : readFilter(query.filter);
    if (filter?.ok === false)
      return scimError(400, 'Only userName, externalId or id eq "…" can be asked for.', 'invalidFilter');
    const { total, accounts } = await listUsers(deps.store.read, filter?.value ?? null, query);
    const base = baseOf(request);
    const resources = accounts.map((account) => userView(account, base));
    return scimJson(listOf(resources, total, query.startIndex));
  },
  scimCreateUser: async (deps, { principal, body, request }) =>
    show(await createUser(deps, principal, body), baseOf(request), 201),
  scimGetUser: async (deps, { id, request }) => {
    const account = await findUser(deps.store.read, id);
    return account === null ? faultAnswer('not_found') : scimJson(userView(account, baseOf(request)));
  },
  scimReplaceUser: async (deps, { principal, id, body, request }) => {
    const { userName, active, externalId } = body;
    const changes = { userName, active, ...(externalId === undefined ? {} : { externalId }) };
    return show(await changeUser(deps, principal, id, changes), baseOf(request));
  },
  scimPatchUser: async (deps, { principal, id, body, request }) => {
    const changes = readPatch(body);
    if (!changes.ok)
      return changes.error === 'invalid_syntax'
        ? scimError(400, 'An operation is add, replace or remove of attributes.', 'invalidSyntax')
        : scimError(400, 'A value does not fit its attribute.', 'invalidValue');
    return show(await changeUser(deps, principal, id, changes.value), baseOf(request));
  },
  scimRemoveUser: async (deps, { principal, id }) => {
    const removed = await removeUser(deps, principal, id);
    return removed.ok ? scimNothing() : faultAnswer(removed.error);
  },
};

function show(result: Result<ScimAccount, ScimFault>, base: string, status: 200 | 201 = 200): Answer {
  if (!result.ok) return faultAnswer(result.error);
  const view = userView(result.value, base);
  return scimJson(view, status, view.meta.location);
}

function baseOf(request: Request): string {
  return `${new URL(request.url).origin}/scim/v2`;
}

function userView(account: ScimAccount, base: string): ScimUser {
  return {
    schemas: [USER_SCHEMA],
    id: account.subject,
    externalId: account.externalId,
    userName: account.user_name,
    active: account.active,
    meta: {
      resourceType: 'User',
      created: formatInstant(account.created_at_ms),
      lastModified: formatInstant(account.changed_at_ms),
      location: `${base}/Users/${account.subject}`,
    },
  };
}

function faultAnswer(fault: ScimFault): Answer {
  switch (fault) {
    case 'not_found':
      return scimError(404, 'No such user.');
    case 'uniqueness':
      return scimError(409, 'There is such a user already.', 'uniqueness');
    case 'mutability':
      return scimError(400, 'externalId says whose account it is: that cannot change.', 'mutability');
    case 'external_id_missing':
      return scimError(400, 'externalId must be the account’s sub at the issuer.', 'invalidValue');
    case 'not_a_person':
      return scimError(400, 'This is a service: the configuration decides on it.', 'invalidValue');
    default:
      return assertNever(fault);
  }
}
