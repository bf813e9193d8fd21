// Makes a valid call of every route of the table, for tests that vary who calls and with what.
import { type LogSigner, logSigner } from '#shared/audit/log-key.ts';
import { PATCH_SCHEMA, SCIM_MEDIA, USER_SCHEMA } from '#shared/contracts/scim-api.ts';
import { signDeviceProof, type DeviceKey } from '#shared/device/device-proof.ts';
import { proposeChange } from '#broker/config/held-changes.ts';
import type { Route } from '#broker/http/route.ts';
import { newId } from '#broker/ids.ts';
import { ROUTES, type RouteId } from '#broker/http/routes.ts';
import { BASE_URL, expectOk, newKey, type World } from '#test/support/broker-world.ts';
import { firstBatch, signerOfDevice } from '#test/support/desktop-log.ts';

/** What the calls refer to. The body of each route is made from it. */
export type Things = {
  /** The `{id}` of the path. */
  readonly id: string;
  readonly scopeHash: string;
  readonly token: string;
};

export const ROUTE_IDS = Object.keys(ROUTES) as RouteId[];

export const NO_THINGS: Things = { id: 'req_AAAAAAAAAAAAAAAAAAAAAA', scopeHash: '0'.repeat(64), token: 'none' };

export const ASKED = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', duration: 'PT1H' };

/** Signs for a device that is nobody's. */
const NOBODYS_SIGNER = logSigner(new Uint8Array(32).fill(3));

const BODIES: Partial<Record<RouteId, (things: Things, signer: LogSigner) => Record<string, unknown>>> = {
  submit: () => ASKED,
  tellDeviceFacts: () => ({ managed: true, diskEncrypted: true, country: null }),
  disablePerson: () => ({ reason: 'Left the company' }),
  enablePerson: () => ({ reason: 'Came back' }),
  scimCreateUser: () => ({ schemas: [USER_SCHEMA], userName: newKey(), externalId: newKey() }),
  scimReplaceUser: () => ({ schemas: [USER_SCHEMA], userName: newKey(), active: true }),
  scimPatchUser: () => ({ schemas: [PATCH_SCHEMA], Operations: [{ op: 'replace', value: { active: true } }] }),
  answer: ({ scopeHash }) => ({ answer: 'approve', scopeHash }),
  confirm: ({ scopeHash }) => ({ scopeHash, typed: 'dataset:legislators' }),
  collect: () => ({ collectId: newKey() }),
  revokeRequest: () => ({ reason: 'The project is over' }),
  revoke: () => ({ reason: 'The project is over' }),
  endPerson: () => ({ reason: 'They left the project' }),
  placeHold: () => ({ reason: 'A matter that is pending' }),
  releaseHold: () => ({ reason: 'The matter is closed' }),
  erasePerson: () => ({ reason: 'They asked for it' }),
  answerChange: () => ({ agree: true, reason: 'Reviewed' }),
  answerFinding: () => ({ answer: 'cleared', note: 'Known and planned' }),
  changeDeviceKey: () => ({ replaces: 'A'.repeat(43), checkpoint: 'none' }),
  auditAppend: (_things, signer) => firstBatch(signer),
  introspect: ({ token }) => ({ token }),
  revokeToken: ({ token }) => ({ token, token_type_hint: 'access_token' }),
};

const MEDIA = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  scim: SCIM_MEDIA,
} as const;

const QUERIES: Partial<Record<RouteId, string>> = {
  listRequests: '?role=requester&limit=5',
  listGrants: '?of=me&limit=5',
  accessReport: '?from=2026-11-01T00:00:00Z&to=2026-12-31T00:00:00Z&limit=5',
  auditRecords: '?after=-1&limit=5',
  auditInclusion: '?sequence=0&size=1',
  auditConsistency: '?from=1&to=1',
  desktopFork: `?origin=daypass.desktop/${'A'.repeat(43)}&epoch=1&size=1&root=${'A'.repeat(43)}%3D`,
};

export function routeOf(id: RouteId): Route {
  return ROUTES[id];
}

export function hasId(id: RouteId): boolean {
  return ROUTES[id].path.includes(':id');
}

export function urlOf(id: RouteId, things: Things): string {
  const path = ROUTES[id].path.replace(':id', encodeURIComponent(things.id));
  return `${BASE_URL}${path}${QUERIES[id] ?? ''}`;
}

export function bodyOf(id: RouteId, things: Things, key?: DeviceKey): Record<string, unknown> | null {
  return BODIES[id]?.(things, key === undefined ? NOBODYS_SIGNER : signerOfDevice(key)) ?? null;
}

export type Sent = {
  readonly route: RouteId;
  readonly things?: Things;
  readonly key: DeviceKey;
  readonly nowMs: number;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A call that nothing is wrong with, but for who makes it and what it refers to. */
export async function validCall({ route, things = NO_THINGS, key, nowMs, headers = {} }: Sent): Promise<Request> {
  const { method, proof, body: takes } = routeOf(route);
  const url = urlOf(route, things);
  const all = new Headers(headers);
  if (route === 'submit' && !all.has('idempotency-key')) all.set('idempotency-key', newKey());
  if (proof !== 'none' && !all.has('dpop')) all.set('dpop', await signDeviceProof({ key, method, url, nowMs }));
  const body = bodyOf(route, things, key);
  if (body === null || takes === null) return new Request(url, { method, headers: all });
  if (!all.has('content-type')) all.set('content-type', MEDIA[takes.type]);
  const text = takes.type === 'form' ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body);
  return new Request(url, { method, headers: all, body: text.toString() });
}

/** A request of the user that waits for an approver. */
export async function pendingRequest(world: World, user: string): Promise<Things> {
  const client = await world.as(user);
  const wish = { resource: 'dataset:legislators', actions: ['read'], purpose: 'evaluation', durationMs: 3_600_000 };
  const request = expectOk(await client.submit(wish, newKey()));
  if (request.state !== 'pending') throw new Error(`expected a pending request, got ${request.state}`);
  return { ...NO_THINGS, id: request.id, scopeHash: request.scopeHash };
}

/** A request of the user that policy approved at once and that is not collected. */
export async function approvedRequest(world: World, user: string): Promise<Things> {
  const client = await world.as(user);
  const wish = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: 3_600_000 };
  const request = expectOk(await client.submit(wish, newKey()));
  if (request.state !== 'approved') throw new Error(`expected an approved request, got ${request.state}`);
  return { ...NO_THINGS, id: request.id, scopeHash: request.scopeHash };
}

/** A grant of the user that policy gave at once. */
export async function activeGrant(world: World, user: string): Promise<Things> {
  const client = await world.as(user);
  const { id, scopeHash } = await approvedRequest(world, user);
  const { grant, credential } = expectOk(await client.collect(id, newKey()));
  return { id: grant.id, scopeHash, token: credential.secret };
}

/** The person behind a user, who has active access. */
export async function personWithGrant(world: World, user: string): Promise<Things> {
  const { id } = await activeGrant(world, user);
  const { grants } = expectOk(await (await world.as('lee')).grants({ of: 'revocable', state: 'active', limit: 200 }));
  const person = grants.find((grant) => grant.id === id)?.oversight?.person;
  if (person === undefined) throw new Error('an admin is told who holds a grant');
  return { ...NO_THINGS, id: person };
}

/** What was found about access of the user that is over: nobody used it. */
export async function raisedFinding(world: World, user: string): Promise<Things> {
  const { id } = await activeGrant(world, user);
  expectOk(await (await world.as(user)).release(id));
  world.clock.advance(6_000);
  await world.broker().runDue();
  const finding = await world
    .store()
    .read.selectFrom('findings')
    .select('id')
    .where('grant_id', '=', id)
    .where('deviation', '=', 'never_used')
    .executeTakeFirstOrThrow();
  return { ...NO_THINGS, id: finding.id };
}

/** A downgrade of the weather dataset that files on the disk proposed. */
/** Of a person whom nobody erases. */
export async function standingHold(world: World): Promise<Things> {
  const id = newId('hld');
  const row = { id, person: 'per_held', reason: 'A matter', placed_by: 'sub_lee', placed_at_ms: world.clock.now() };
  await world.store().transaction(async (tx) => {
    await tx
      .insertInto('legal_holds')
      .values({ ...row, released_at_ms: null })
      .execute();
  });
  return { ...NO_THINGS, id };
}

/** A change that waits, of nobody. */
export async function waitingChange(world: World): Promise<Things> {
  const { id } = await world.store().transaction((tx) =>
    proposeChange(tx, {
      kind: 'sensitivity_downgrade',
      person: null,
      contentHash: newKey(),
      lines: ['dataset:weather: internal → public'],
      resources: ['dataset:weather'],
      proposer: null,
      nowMs: world.clock.now(),
    }),
  );
  return { ...NO_THINGS, id };
}
