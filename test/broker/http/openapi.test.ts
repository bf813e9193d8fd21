// The served OpenAPI document is valid, complete, and true: every answer of a walk through all routes fits it.
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteId } from '#broker/http/routes.ts';
import { BASE_URL, type World } from '#test/support/broker-world.ts';
import { openHttpWorld } from '#test/support/http-world.ts';
import { MDM } from '#test/support/standalone-world.ts';
import { CONFIG } from '#test/support/world-files.ts';
import {
  activeGrant,
  approvedRequest,
  NO_THINGS,
  pendingRequest,
  raisedFinding,
  ROUTE_IDS,
  routeOf,
  validCall,
  standingHold,
  waitingChange,
  type Things,
} from './calls.ts';

type Media = { readonly content?: Readonly<Record<string, { readonly schema: object }>> };
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
  readonly security: readonly object[];
  readonly responses: Readonly<Record<string, Media>>;
};
type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

let world: World;
let document: Document;
beforeAll(async () => {
  // A team's broker has every route.
  world = await openHttpWorld({ config: `${CONFIG}sinks: [{ kind: file, name: local, path: sink/audit.jsonl }]\n` });
  document = (await (await world.call(new Request(`${BASE_URL}/v1/openapi.json`), null)).json()) as Document;
});
afterAll(async () => {
  await world.close();
});

const ajv = new Ajv2020({ strict: false, validateFormats: false });

function operationOf(route: RouteId): Operation {
  const { path, method } = routeOf(route);
  const operation = document.paths[path.replace(':id', '{id}')]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${route} is not in the document`);
  return operation;
}

/** Fails unless the document says that this answer may come, in this form. */
async function expectTrue(route: RouteId, response: Response): Promise<void> {
  const { responses } = operationOf(route);
  const said = responses[String(response.status)] ?? (response.ok ? undefined : responses['default']);
  expect(said, `${route} does not say that it answers ${response.status}`).toBeDefined();
  const media = response.headers.get('content-type')?.split(';')[0] ?? null;
  if (said?.content === undefined) {
    expect(await response.text()).toBe('');
    return;
  }
  expect(Object.keys(said.content)).toContain(media);
  const schema = said.content[media ?? '']?.schema ?? {};
  if (media === 'text/event-stream') {
    await response.body?.cancel();
    return;
  }
  const value: unknown = media?.endsWith('json') === true ? await response.json() : await response.text();
  const validate = ajv.compile(schema);
  expect(validate(value), `${route} ${response.status}: ${ajv.errorsText(validate.errors)}`).toBe(true);
}

async function call(user: string | null, route: RouteId, things: Things = NO_THINGS, query = ''): Promise<Response> {
  const key = await world.deviceKey(user ?? 'nobody');
  const request = await validCall({ route, things, key, nowMs: world.clock.now() });
  return await world.call(query === '' ? request : new Request(`${request.url}${query}`, request), user);
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(document.openapi).toBe('3.1.0');
    const checked = await new Validator().validate(structuredClone(document));
    expect(checked.errors).toBeUndefined();
    expect(checked.valid).toBe(true);
  });

  it('has every route of the table, and no other', () => {
    const described = Object.values(document.paths).flatMap((path) => Object.values(path).map((o) => o.operationId));
    expect(described.toSorted()).toEqual(ROUTE_IDS.toSorted());
  });

  it('says what a call needs: a proof where the table asks for one, a caller where it is not for anybody', () => {
    for (const route of ROUTE_IDS) {
      const { parameters = [], security } = operationOf(route);
      const names = parameters.filter(({ required }) => required === true).map(({ name }) => name);
      expect(names.includes('DPoP'), route).toBe(routeOf(route).proof !== 'none');
      expect(names.includes('id'), route).toBe(routeOf(route).path.includes(':id'));
      expect(security.length > 0, route).toBe(routeOf(route).who !== 'anyone');
    }
  });

  it('says in which other form a page of the ledger may come', async () => {
    const request = new Request(`${BASE_URL}/v1/audit/records`, { headers: { accept: 'application/jsonl' } });
    const response = await world.call(request, 'lee');
    expect(response.headers.get('content-type')).toBe('application/jsonl');
    await expectTrue('auditRecords', response);
  });

  it('is true of every answer on a way through all routes', async () => {
    for (const user of ['ana', 'sam', 'lee', 'warehouse']) await world.as(user);
    const person = { ...NO_THINGS, id: await personOf(world, 'eve') };
    const account = { ...NO_THINGS, id: await provisioned(world) };
    const [withdrawn, answered, waiting] = await Promise.all([
      pendingRequest(world, 'ana'),
      pendingRequest(world, 'ana'),
      pendingRequest(world, 'ana'),
    ]);
    const approved = await approvedRequest(world, 'ana');
    const released = await activeGrant(world, 'ana');
    const revoked = await activeGrant(world, 'ana');
    const finding = await raisedFinding(world, 'max');
    const change = await waitingChange(world);
    const hold = await standingHold(world);
    const walk: readonly (readonly [string | null, RouteId, Things?, string?])[] = [
      [null, 'openapi'],
      [null, 'health'],
      [null, 'ready'],
      [null, 'jwks'],
      ['ana', 'me'],
      ['warehouse', 'me'],
      ['ana', 'catalog'],
      ['ana', 'enrolDevice'],
      ['ana', 'changeDeviceKey'],
      ['ana', 'submit', NO_THINGS, '?dryRun=true'],
      ['ana', 'submit'],
      ['ana', 'listRequests'],
      ['ana', 'getRequest', waiting],
      ['sam', 'answer', answered],
      ['ana', 'collect', answered],
      ['ana', 'withdraw', withdrawn],
      ['ana', 'nudge', waiting],
      ['ana', 'confirm', waiting],
      ['ana', 'revokeRequest', approved],
      ['lee', 'revokeRequest', approved],
      ['ana', 'listGrants'],
      ['warehouse', 'introspect', released],
      ['ana', 'release', released],
      ['ana', 'revoke', revoked],
      ['lee', 'revoke', revoked],
      ['ana', 'revokeToken', revoked],
      ['ana', 'events'],
      ['ana', 'auditAppend'],
      ['ana', 'auditKey'],
      ['ana', 'auditRecords'],
      ['lee', 'auditRecords'],
      ['ana', 'auditCheckpoint'],
      ['ana', 'auditEpochs'],
      ['ana', 'auditRotations'],
      ['ana', 'auditInclusion'],
      ['ana', 'auditConsistency'],
      ['lee', 'desktopLogs'],
      ['lee', 'desktopFork'],
      ['lee', 'metrics'],
      ['lee', 'people'],
      ['lee', 'endPerson', person],
      ['lee', 'accessReport'],
      ['lee', 'answerFinding', finding],
      ['lee', 'changes'],
      ['lee', 'answerChange', change],
      ['lee', 'reloadConfiguration'],
      ['lee', 'auditSinks'],
      ['lee', 'testSink', { ...NO_THINGS, id: 'local' }],
      ['lee', 'resendSink', { ...NO_THINGS, id: 'local' }],
      [null, 'signIn'],
      [null, 'protectedResource'],
      ['lee', 'disablePerson', person],
      ['lee', 'enablePerson', person],
      ['lee', 'erasures'],
      ['lee', 'finishedErasures'],
      ['lee', 'retention'],
      ['lee', 'pruneNow'],
      ['lee', 'holds'],
      ['lee', 'erasureReach', person],
      ['lee', 'releaseHold', hold],
      ['lee', 'erasePerson', person],
      ['lee', 'placeHold', person],
      [MDM, 'scimConfig'],
      [MDM, 'scimResourceTypes'],
      [MDM, 'scimSchemas'],
      [MDM, 'scimCreateUser'],
      [MDM, 'scimListUsers'],
      [MDM, 'scimGetUser', account],
      [MDM, 'scimReplaceUser', account],
      [MDM, 'scimPatchUser', account],
      [MDM, 'scimRemoveUser', account],
      // Last: what is told of the device may end what it could have.
      [MDM, 'tellDeviceFacts', { ...NO_THINGS, id: (await world.deviceKey('ana')).device }],
    ];
    expect(new Set(walk.map(([, route]) => route))).toEqual(new Set(ROUTE_IDS));
    for (const [user, route, things, query] of walk) {
      const response = await call(user, route, things, query);
      const isNotTheirs = (route === 'revoke' || route === 'revokeRequest') && user === 'ana';
      // No device of theirs ends its log for another key here.
      const expected =
        route === 'changeDeviceKey'
          ? 404
          : route === 'confirm' || isNotTheirs
            ? 403
            : route === 'desktopFork'
              ? 404
              : 299;
      expect(Math.max(299, response.status), route).toBe(expected);
      await expectTrue(route, response);
    }
  });

  it('is true of denials, narrowed requests, an introspected token and every kind of problem', async () => {
    const ana = await world.as('ana');
    const sam = await world.as('sam');
    const over = await world.call(
      await denied(world, { resource: 'dataset:campaign-finance', duration: 'P1D' }),
      'ana',
    );
    expect(over.status).toBe(201);
    await expectTrue('submit', over);
    const { id, scopeHash } = await pendingRequest(world, 'ana');
    await sam.answer(id, { answer: 'approve', scopeHash, narrowTo: { durationMs: 60_000 }, reason: 'Enough' });
    await expectTrue('getRequest', await call('ana', 'getRequest', { ...NO_THINGS, id }));
    const wish = { resource: 'dataset:penguins', actions: ['read'], purpose: 'evaluation', durationMs: 60_000 };
    const bought = await ana.submit(wish, 'penguins-please');
    if (!bought.ok) throw new Error('refused');
    const collected = await ana.collect(bought.value.id, 'collect-the-penguins');
    if (!collected.ok) throw new Error('refused');
    const token = collected.value.credential.secret;
    const active = await call('warehouse', 'introspect', { ...NO_THINGS, token });
    expect(await active.clone().json()).toMatchObject({ active: true, aud: 'dataset:penguins' });
    await expectTrue('introspect', active);
    await expectTrue('introspect', await call('warehouse', 'introspect', { ...NO_THINGS, token: 'nonsense' }));
    const problems: readonly (readonly [string | null, RouteId, Things?, string?])[] = [
      [null, 'me'],
      ['ana', 'metrics'],
      ['max', 'getRequest', { ...NO_THINGS, id }],
      ['ana', 'listGrants', NO_THINGS, '&limit=x'],
    ];
    for (const [user, route, things, query] of problems)
      await expectTrue(route, await call(user, route, things, query));
  });
});

async function personOf(on: World, user: string): Promise<string> {
  const { subject } = (await (await on.call(new Request(`${BASE_URL}/v1/me`), user)).json()) as { subject: string };
  const { person } = await on
    .store()
    .read.selectFrom('accounts')
    .select('person')
    .where('subject', '=', subject)
    .executeTakeFirstOrThrow();
  return person;
}

/** The id of an account that a directory told of. */
async function provisioned(on: World): Promise<string> {
  const key = await on.deviceKey(MDM);
  const response = await on.call(await validCall({ route: 'scimCreateUser', key, nowMs: on.clock.now() }), MDM);
  return ((await response.json()) as { id: string }).id;
}

async function denied(on: World, over: Record<string, unknown>): Promise<Request> {
  const key = await on.deviceKey('ana');
  const valid = await validCall({ route: 'submit', key, nowMs: on.clock.now() });
  const body = JSON.stringify({ ...((await valid.clone().json()) as object), ...over });
  return new Request(valid.url, { method: 'POST', headers: valid.headers, body });
}
