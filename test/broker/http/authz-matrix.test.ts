// Every route × every role × own, foreign, unknown and malformed id, against an oracle that does not read the table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteId } from '#broker/http/routes.ts';
import { newId } from '#broker/ids.ts';
import { problemSchema } from '#shared/contracts/problem.ts';
import { scimErrorSchema } from '#shared/contracts/scim-api.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { openHttpWorld } from '#test/support/http-world.ts';
import {
  activeGrant,
  approvedRequest,
  ASKED,
  hasId,
  NO_THINGS,
  pendingRequest,
  personWithGrant,
  raisedFinding,
  ROUTE_IDS,
  standingHold,
  validCall,
  waitingChange,
  type Things,
} from './calls.ts';

type IdKind = 'own' | 'foreign' | 'unknown' | 'malformed';
type Role = keyof typeof ROLES;

/** `holds`: may ask for the internal and the confidential dataset, so has things of their own. */
const ROLES = {
  anonymous: { user: null, holds: false },
  'unknown user': { user: 'mallory', holds: false },
  requester: { user: 'ana', holds: true },
  'other requester': { user: 'max', holds: true },
  'eligible approver': { user: 'sam', holds: false },
  'owner-team member': { user: 'jo', holds: true },
  'ineligible person': { user: 'eve', holds: false },
  'ineligible contractor': { user: 'kim', holds: true },
  'requester’s second account': { user: 'ana2', holds: true },
  admin: { user: 'lee', holds: false },
  service: { user: 'warehouse', holds: false },
} as const;
const ROLE_NAMES = Object.keys(ROLES) as Role[];

const isKnown = (role: Role): boolean => role !== 'anonymous' && role !== 'unknown user';
const knownOnly =
  (status: number) =>
  (role: Role): number =>
    isKnown(role) ? status : 401;
const anybody = (): number => 200;
const serviceOnly = (role: Role): number => {
  if (!isKnown(role)) return 401;
  return role === 'service' || role === 'admin' ? 200 : 403;
};
/** 404 for everything that is not theirs; `own` and `others` say what is different. */
const owned =
  (own: number, others: Partial<Record<Role, number>> = {}) =>
  (role: Role, id: IdKind): number => {
    if (!isKnown(role)) return 401;
    if (id === 'own') return own;
    return id === 'foreign' ? (others[role] ?? 404) : 404;
  };

/** An owner of the resource or an admin; the holder is told what to do instead, everybody else that there is none. */
const revocable = (role: Role, id: IdKind): number => {
  const ownsTheResource = role === 'owner-team member' || role === 'requester’s second account';
  if (ownsTheResource && (id === 'own' || id === 'foreign')) return 200;
  return owned(403, { admin: 200 })(role, id);
};

const adminOnly = (role: Role): number => (isKnown(role) ? (role === 'admin' ? 200 : 403) : 401);

/** Everybody else is in a team that owns something. */
const overseerOfAnything = (role: Role): number =>
  role === 'ineligible person' || role === 'service' ? 403 : knownOnly(200)(role);

/** Owners of the resource and admins; `own` is what an overseer is told about themselves. */
const overseen =
  (own: number) =>
  (role: Role, id: IdKind): number => {
    if (!isKnown(role)) return 401;
    const oversees = role === 'owner-team member' || role === 'requester’s second account' || role === 'admin';
    if (!oversees || id === 'unknown' || id === 'malformed') return 404;
    return id === 'own' ? own : 200;
  };

const ORACLE: Readonly<Record<RouteId, (role: Role, id: IdKind) => number>> = {
  me: knownOnly(200),
  catalog: knownOnly(200),
  enrolDevice: knownOnly(201),
  changeDeviceKey: knownOnly(404),
  // An embedded broker's facts about its machine are in its configuration: nobody else tells them.
  tellDeviceFacts: knownOnly(403),
  submit: (role) => (isKnown(role) ? (ROLES[role].holds ? 201 : 404) : 401),
  listRequests: knownOnly(200),
  getRequest: owned(200, { 'eligible approver': 200, 'owner-team member': 200, admin: 200 }),
  answer: owned(403, { 'eligible approver': 200, 'owner-team member': 200 }),
  withdraw: owned(200),
  nudge: owned(200),
  revokeRequest: revocable,
  confirm: owned(409),
  collect: owned(409),
  listGrants: knownOnly(200),
  release: owned(200),
  revoke: revocable,
  // A person that nobody knows; whom it ends is in `disabled-person`.
  disablePerson: (role) => (role === 'admin' ? 404 : knownOnly(403)(role)),
  enablePerson: (role) => (role === 'admin' ? 404 : knownOnly(403)(role)),
  // An embedded broker has no service that tells who works here.
  scimConfig: knownOnly(403),
  scimResourceTypes: knownOnly(403),
  scimSchemas: knownOnly(403),
  scimListUsers: knownOnly(403),
  scimCreateUser: knownOnly(403),
  scimGetUser: knownOnly(403),
  scimReplaceUser: knownOnly(403),
  scimPatchUser: knownOnly(403),
  scimRemoveUser: knownOnly(403),
  people: adminOnly,
  endPerson: overseen(200),
  accessReport: (role) => overseerOfAnything(role),
  answerFinding: overseen(403),
  changes: knownOnly(200),
  answerChange: overseen(200),
  erasures: knownOnly(200),
  erasureReach: (role, id) => (role === 'admin' ? (id === 'foreign' ? 200 : 404) : adminOnly(role)),
  retention: adminOnly,
  pruneNow: adminOnly,
  finishedErasures: adminOnly,
  holds: adminOnly,
  // Of a person of its own: what is held is not erased.
  placeHold: (role) => (role === 'admin' ? 404 : adminOnly(role)),
  releaseHold: (role, id) => (role === 'admin' ? (id === 'foreign' ? 200 : 404) : adminOnly(role)),
  erasePerson: (role, id) => (role === 'admin' ? (id === 'foreign' ? 200 : 404) : adminOnly(role)),
  reloadConfiguration: adminOnly,
  auditSinks: adminOnly,
  // A sink that nobody configured.
  testSink: (role) => (role === 'admin' ? 404 : adminOnly(role)),
  resendSink: (role) => (role === 'admin' ? 404 : adminOnly(role)),
  events: knownOnly(200),
  auditAppend: knownOnly(200),
  auditKey: knownOnly(200),
  auditRecords: knownOnly(200),
  auditCheckpoint: knownOnly(200),
  auditEpochs: knownOnly(200),
  auditRotations: knownOnly(200),
  desktopLogs: adminOnly,
  // A fork that nobody made; one that is kept is in desktops/logs.test.ts.
  desktopFork: (role) => (role === 'admin' ? 404 : adminOnly(role)),
  auditInclusion: knownOnly(200),
  auditConsistency: knownOnly(200),
  // Nobody signs in at an embedded broker.
  signIn: () => 404,
  protectedResource: () => 404,
  jwks: anybody,
  introspect: serviceOnly,
  revokeToken: knownOnly(200),
  openapi: anybody,
  health: anybody,
  ready: anybody,
  metrics: serviceOnly,
};

/** What is different where people come with tokens over HTTP: nobody confirms for themselves, and one can sign in. */
const STANDALONE: Partial<typeof ORACLE> = {
  confirm: knownOnly(403),
  signIn: anybody,
  protectedResource: anybody,
};
/** Who is who differs over HTTP by the caller alone, so one role of each kind is enough there. */
const TELLING: readonly Role[] = [
  'anonymous',
  'unknown user',
  'requester',
  'eligible approver',
  'requester’s second account',
  'admin',
  'service',
];
const WORLDS: readonly {
  readonly name: string;
  readonly open: () => Promise<World>;
  readonly oracle: typeof ORACLE;
  readonly roles: readonly Role[];
}[] = [
  { name: 'embedded', open: openWorld, oracle: ORACLE, roles: ROLE_NAMES },
  {
    name: 'over HTTP with tokens of an issuer',
    open: openHttpWorld,
    oracle: { ...ORACLE, ...STANDALONE },
    roles: TELLING,
  },
];

let world: World;

const isOfGrants = (route: RouteId): boolean => route === 'release' || route === 'revoke';

async function thingsFor(route: RouteId, role: Role, kind: IdKind): Promise<Things | null> {
  if (kind === 'unknown') return { ...NO_THINGS, id: newId(isOfGrants(route) ? 'grt' : 'req') };
  if (kind === 'malformed') return { ...NO_THINGS, id: "../'%00\u{1f4a3}" };
  const { user, holds } = ROLES[role];
  // To a second account what the first one has is its own.
  const sameAsAna = role === 'requester' || (route === 'answerFinding' && role === 'requester’s second account');
  const whose = kind === 'own' ? (holds ? user : null) : sameAsAna ? 'max' : 'ana';
  if (whose === null) return null;
  if (route === 'answerChange') return await waitingChange(world);
  if (route === 'endPerson' || route === 'erasePerson' || route === 'erasureReach')
    return await personWithGrant(world, whose);
  if (route === 'releaseHold') return await standingHold(world);
  if (route === 'answerFinding') return await raisedFinding(world, whose);
  if (route === 'revokeRequest') return await approvedRequest(world, whose);
  return isOfGrants(route) ? await activeGrant(world, whose) : await pendingRequest(world, whose);
}

async function callAs(role: Role, route: RouteId, things: Things): Promise<Response> {
  const { user } = ROLES[role];
  if (user !== null && isKnown(role)) await world.as(user);
  const key = await world.deviceKey(user ?? 'nobody');
  const response = await world.call(await validCall({ route, things, key, nowMs: world.clock.now() }), user);
  if (route === 'events' && response.ok) await response.body?.cancel();
  return response;
}

type Seen = {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
};
const seen = async (response: Response): Promise<Seen> => ({
  status: response.status,
  headers: [...response.headers],
  body: await response.text(),
});

describe.each(WORLDS)('authz-matrix, $name', ({ open, oracle, roles }) => {
  const cells = ROUTE_IDS.flatMap((route) => roles.map((role) => ({ route, role })));

  beforeAll(async () => {
    world = await open();
  });
  afterAll(async () => {
    await world.close();
  });

  it('has an expectation for every route of the table, and no other', () => {
    expect(Object.keys(oracle).toSorted()).toEqual(ROUTE_IDS.toSorted());
  });

  it.each(cells)('$route as $role', async ({ route, role }) => {
    const kinds: readonly IdKind[] = hasId(route) ? ['own', 'foreign', 'unknown', 'malformed'] : ['own'];
    for (const kind of kinds) {
      const things = hasId(route) ? await thingsFor(route, role, kind) : NO_THINGS;
      if (things === null) continue;
      const response = await callAs(role, route, things);
      expect(response.status, `${kind} id`).toBe(oracle[route](role, kind));
      if (response.status < 400) continue;
      if (route.startsWith('scim')) {
        expect(response.headers.get('content-type')).toBe('application/scim+json');
        expect(scimErrorSchema.parse(await response.json()).status).toBe(`${response.status}`);
        continue;
      }
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(problemSchema.parse(await response.json()).status).toBe(response.status);
    }
  });

  it.each(cells.filter(({ route }) => hasId(route) && roles === ROLE_NAMES))(
    'tells $role nothing about a foreign id with $route that an unknown id does not',
    async ({ route, role }) => {
      if (oracle[route](role, 'foreign') < 400) return;
      const [foreign, unknown, malformed] = await Promise.all(
        (['foreign', 'unknown', 'malformed'] as const).map(async (kind) => {
          const things = await thingsFor(route, role, kind);
          if (things === null) throw new Error('everybody has a foreign thing');
          return await seen(await callAs(role, route, things));
        }),
      );
      expect(foreign).toEqual(unknown);
      expect(malformed).toEqual(unknown);
    },
  );
});

describe.each(WORLDS)('ids outside the path, $name', ({ open }) => {
  beforeAll(async () => {
    world = await open();
  });
  afterAll(async () => {
    await world.close();
  });

  const submitAs = async (user: string, body: Record<string, unknown>): Promise<Seen> => {
    await world.as(user);
    const key = await world.deviceKey(user);
    const call = await validCall({ route: 'submit', key, nowMs: world.clock.now() });
    return await seen(
      await world.call(
        new Request(call.url, { method: 'POST', headers: call.headers, body: JSON.stringify(body) }),
        user,
      ),
    );
  };

  it('a foreign grant cannot be told from an unknown one by extending it', async () => {
    const grant = await activeGrant(world, 'ana');
    const foreign = await submitAs('max', { ...ASKED, extends: grant.id });
    expect(foreign.status).toBeGreaterThanOrEqual(400);
    expect(foreign).toEqual(await submitAs('max', { ...ASKED, extends: newId('grt') }));
  });

  it('a resource that is not theirs to ask for looks like none', async () => {
    const hidden = await submitAs('eve', { ...ASKED, resource: 'dataset:legislators' });
    expect(hidden.status).toBe(404);
    expect(hidden).toEqual(await submitAs('eve', { ...ASKED, resource: 'dataset:no-such' }));
  });

  it('a page cannot be begun at a foreign id, so no list says whether it exists', async () => {
    const { id } = await pendingRequest(world, 'ana');
    await pendingRequest(world, 'max');
    for (const after of [id, newId('req')]) {
      const response = await world.call(new Request(`http://x.internal/v1/requests?after=${after}`), 'max');
      expect(response.status).toBe(400);
    }
  });

  it('a page end that somebody made up shows nothing but one’s own', async () => {
    const { id } = await pendingRequest(world, 'ana');
    const response = await world.call(new Request(`http://x.internal/v1/requests?after=999999999999999.${id}`), 'max');
    const { requests } = (await response.json()) as { requests: { requester: { me: boolean } }[] };
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.every(({ requester }) => requester.me)).toBe(true);
  });

  it('a foreign token is neither shown by introspection nor ended by revocation', async () => {
    const { id, token } = await activeGrant(world, 'ana');
    const call = async (route: RouteId, user: string): Promise<Seen> =>
      await seen(
        await world.call(
          await validCall({
            route,
            things: { ...NO_THINGS, token },
            key: await world.deviceKey(user),
            nowMs: world.clock.now(),
          }),
          user,
        ),
      );
    expect((await call('introspect', 'warehouse')).body).toBe('{"active":false}');
    expect(await call('revokeToken', 'max')).toMatchObject({ status: 200, body: '' });
    const mine = expectOk(await (await world.as('ana')).grants({ state: 'active', limit: 200 })).grants;
    expect(mine.map((grant) => grant.id)).toContain(id);
  });

  it('records of the ledger are shown to whom they are about, and all of them to admins alone', async () => {
    await activeGrant(world, 'ana');
    const { subject } = expectOk(await (await world.as('max')).me());
    const recordsOf = async (user: string): Promise<readonly string[]> =>
      expectOk(await (await world.as(user)).records({ limit: 1000 })).records.map(({ record }) =>
        JSON.stringify(record),
      );
    const mine = await recordsOf('max');
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.filter((record) => !record.includes(subject))).toEqual([]);
    expect((await recordsOf('lee')).length).toBeGreaterThan(mine.length);
  });

  it('the same Idempotency-Key of two people names two requests', async () => {
    const idempotencyKey = newKey();
    const wish = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: 60_000 };
    const first = expectOk(await (await world.as('ana')).submit(wish, idempotencyKey));
    const second = expectOk(await (await world.as('max')).submit(wish, idempotencyKey));
    expect(second.id).not.toBe(first.id);
    expect(second.requester.me).toBe(true);
  });
});
