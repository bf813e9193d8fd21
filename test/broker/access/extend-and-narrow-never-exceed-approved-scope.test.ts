// Random chains of requests, narrowing approvals, extensions and collects: no token and no call through the gateway
// ever goes beyond what the counted approvals have in common.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BrokerClient, Wish } from '#shared/client/broker-client.ts';
import type { RequestView } from '#shared/contracts/broker-api.ts';
import { HOUR_MS, MINUTE_MS, parseDuration, SECOND_MS } from '#shared/domain/time.ts';
import { collectAs, FILES, nextMorning, use, type Held } from '#test/support/access-steps.ts';
import { expectOk, isOverHttp, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => await world.close());

const NOBODY = { people: new Set<string>(), owner: false };
/** Who may approve here, as people; `records` owns all three. */
const APPROVERS = {
  jo: { person: 'jo', owner: true },
  sam: { person: 'sam', owner: false },
  sam2: { person: 'sam', owner: true },
} as const;
type Approver = keyof typeof APPROVERS;

type Limit = { readonly actions: readonly string[]; readonly durationMs: number };
/** What was approved so far for one request, as this test counts it. */
type Approved = Limit & { readonly people: ReadonlySet<string>; readonly owner: boolean };

const actions = fc.subarray(['read', 'read_pii'], { minLength: 1 });
const minutes = fc.integer({ min: 1, max: 100 }).map((count) => count * MINUTE_MS);
const answer = fc.record({
  by: fc.constantFrom<Approver>('jo', 'sam', 'sam2'),
  narrowTo: fc.option(fc.record({ actions, durationMs: minutes }, { requiredKeys: [] }), { nil: null }),
});
const ask = fc.record({
  actions,
  durationMs: minutes,
  /** In tenths of the time that is left of the grant before. */
  after: fc.integer({ min: 0, max: 9 }),
  giveBack: fc.boolean(),
  answers: fc.array(answer, { maxLength: 4 }),
});
const chain = fc.record({
  resource: fc.constantFrom('dataset:legislators', 'dataset:campaign-finance', 'dataset:weather'),
  /** 7.5 h after midnight in Berlin is before working hours, 10 and 18.75 in them, 22 after. */
  hour: fc.constantFrom(-2.5, 0, 8.75, 12),
  asks: fc.array(ask, { minLength: 1, maxLength: 4 }),
});
type Ask = typeof ask extends fc.Arbitrary<infer T> ? T : never;
type Chain = typeof chain extends fc.Arbitrary<infer T> ? T : never;

it('extend-and-narrow-never-exceed-approved-scope', async () => {
  await fc.assert(
    fc.asyncProperty(chain, async (one) => {
      await nextMorning(world);
      await nextMorning(world);
      world.clock.advance(one.hour * HOUR_MS);
      await playChain(one);
    }),
    { numRuns: isOverHttp() ? 8 : 40, endOnFailure: true },
  );
}, 60_000);

async function playChain({ resource, asks }: Chain): Promise<void> {
  const ana = await world.as('ana');
  let before: { readonly held: Held; readonly approved: Approved } | null = null;
  for (const step of asks) {
    if (before !== null) {
      const leftMs = Date.parse(before.held.grant.endsAt) - world.clock.now();
      world.clock.advance(Math.floor((leftMs * step.after) / 10));
    }
    const earlier = before;
    const wish: Wish = {
      resource,
      purpose: 'evaluation',
      durationMs: step.durationMs,
      actions: resource === 'dataset:weather' ? ['read'] : step.actions,
      ...(earlier === null ? {} : { extends: earlier.held.grant.id }),
    };
    const submitted = await ana.submit(wish, newKey());
    if (earlier !== null && wish.actions.some((action) => !earlier.held.grant.actions.includes(action))) {
      expect(submitted).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
      continue;
    }
    const request = expectOk(submitted);
    const approved = await gatherAnswers(ana, request, wish, step);
    const done = await settle(ana, request, approved, earlier, wish);
    if (done === null) continue;
    if (earlier !== null && step.giveBack) expectOk(await ana.release(earlier.held.grant.id));
    else if (earlier !== null) world.clock.set(Math.max(world.clock.now(), Date.parse(earlier.held.grant.endsAt)));
    before = { held: done, approved };
  }
  if (before !== null) await refusesAtItsEnd(before.held, resource);
}

/** Gives the answers in turn, the way people see the request then, and counts them independently of the broker. */
async function gatherAnswers(ana: BrokerClient, request: RequestView, wish: Wish, step: Ask): Promise<Approved> {
  let approved: Approved = { ...wish, ...NOBODY };
  for (const { by, narrowTo } of step.answers) {
    if (expectOk(await ana.request(request.id)).state !== 'pending') break;
    const { person, owner } = APPROVERS[by];
    const client = await world.as(by);
    const seen = expectOk(await client.request(request.id));
    const body = { answer: 'approve' as const, scopeHash: seen.scopeHash, ...(narrowTo === null ? {} : { narrowTo }) };
    const answered = await client.answer(request.id, body);
    const wanted = {
      actions: narrowTo?.actions ?? approved.actions,
      durationMs: narrowTo?.durationMs ?? approved.durationMs,
    };
    const wider =
      wanted.durationMs > approved.durationMs || wanted.actions.some((action) => !approved.actions.includes(action));
    if (approved.people.has(person)) {
      if (!answered.ok) expect(answered.error.code).toBe('already_answered');
      continue;
    }
    if (wider) {
      expect(answered).toMatchObject({ ok: false, error: { code: 'wider_than_scope' } });
      continue;
    }
    expectOk(answered);
    approved = { ...wanted, people: new Set([...approved.people, person]), owner: approved.owner || owner };
  }
  return approved;
}

/** Collects if it can be, and holds the result against what this test counted. Null when nothing was given. */
async function settle(
  ana: BrokerClient,
  { id, resource }: RequestView,
  approved: Approved,
  before: { readonly held: Held; readonly approved: Approved } | null,
  wish: Wish,
): Promise<Held | null> {
  const now = expectOk(await ana.request(id));
  if (now.state === 'pending' && now.decision.outcome === 'needs_confirmation')
    expectOk(await ana.confirm(id, now.scopeHash, resource.id));
  const { state } = expectOk(await ana.request(id));
  if (state !== 'approved') {
    expect(await ana.collect(id, newKey())).toMatchObject({ ok: false });
    return null;
  }
  expect(enoughPeople(resource.id, approved, before?.approved ?? null)).toBe(true);
  const held = await collectAs(world, 'ana', id);
  const fromMs = before === null ? Date.parse(held.grant.startsAt) : Date.parse(before.held.grant.endsAt);
  const endMs = fromMs + approved.durationMs;
  expect(Date.parse(held.grant.endsAt)).toBe(endMs);
  expect([...held.grant.actions].sort()).toEqual([...approved.actions].sort());
  expect(parseDuration(held.request.asked.duration)).toEqual({ ok: true, value: wish.durationMs });
  tokenIsWithin(held, approved, endMs);
  await gatewayGivesNoMore(held, resource.id, approved);
  return held;
}

/** The design's numbers, and: past an end that people approved, only people lead, as many as before. */
function enoughPeople(resource: string, approved: Approved, before: Approved | null): boolean {
  const rule = { 'dataset:legislators': 1, 'dataset:campaign-finance': 2 }[resource] ?? 0;
  const ownerIsNeeded = resource === 'dataset:campaign-finance';
  const count = Math.max(rule, before?.people.size ?? 0);
  return approved.people.size >= count && (!ownerIsNeeded || approved.owner);
}

function tokenIsWithin({ credential, grant }: Held, limit: Limit, endMs: number): void {
  const claims = decodeJwt<{ authorization_details: { actions: string[]; locations: string[] }[] }>(credential.secret);
  expect((claims.exp ?? Infinity) * SECOND_MS).toBeLessThanOrEqual(endMs);
  expect(Date.parse(credential.expiresAt)).toBeLessThanOrEqual(endMs);
  const named = claims.authorization_details.flatMap((detail) => detail.actions);
  for (const action of named) expect(limit.actions).toContain(action);
  expect(claims.aud).toBe(grant.resource.id);
}

async function gatewayGivesNoMore(held: Held, resource: string, limit: Limit): Promise<void> {
  const [kind, name] = resource.split(':');
  const url = `${world.broker().gatewayUrl}/gateway/${kind}/${name}/${FILES[resource]}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${held.credential.secret}` } });
  expect(response.status).toBe(200);
  const text = await response.text();
  if (resource === 'dataset:weather') return;
  const whole = readFileSync(
    new URL(`../../../examples/solo/data/${name}/${FILES[resource]}`, import.meta.url),
    'utf8',
  );
  expect(text === whole).toBe(limit.actions.includes('read_pii'));
}

async function refusesAtItsEnd({ grant, credential }: Held, resource: string): Promise<void> {
  const endMs = Date.parse(grant.endsAt);
  // A token counts whole seconds, so it may end up to a second early; at the end it is over in any case.
  world.clock.set(Math.max(world.clock.now(), Date.parse(credential.expiresAt) - 1));
  expect(await use(world, credential, resource)).toBe(200);
  world.clock.set(endMs);
  expect(await use(world, credential, resource)).toBe(401);
}
