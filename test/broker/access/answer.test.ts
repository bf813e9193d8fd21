// Answering: who counts, what an answer covers, and what ends a request.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOUR_MS, SECOND_MS, MINUTE_MS } from '#shared/domain/time.ts';
import {
  approve,
  ask,
  collectAs,
  FINANCE,
  kindsOf,
  LEGISLATORS,
  nextMorning,
  storyOf,
  WEATHER,
} from '#test/support/access-steps.ts';
import { expectOk, newKey, notOverHttp, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const refusal = (code: string, status: number) => ({ ok: false, error: { code, status } });

describe('an answer', () => {
  it('of one approver is enough for confidential data', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    expect(request).toMatchObject({ state: 'pending', decision: { needed: { count: 1, owner: false } } });
    expect(await approve(world, 'sam', request.id)).toMatchObject({ state: 'approved' });
  });

  it('of two people is needed for restricted data, one of them of the owner team', async () => {
    const request = await ask(world, 'ana', FINANCE);
    expect(request.decision.needed).toEqual({ count: 2, owner: true });
    expect(await approve(world, 'sam', request.id)).toMatchObject({ state: 'pending' });
    expect(await approve(world, 'jo', request.id)).toMatchObject({ state: 'approved' });
  });

  it('of two people without the owner team leaves restricted data waiting', async () => {
    const outsider = CONFIG_WITH_TWO_OUTSIDERS;
    const other = await openWorld({ config: outsider });
    const request = await ask(other, 'ana', FINANCE);
    expect(await approve(other, 'sam', request.id)).toMatchObject({ state: 'pending' });
    expect(await approve(other, 'pat', request.id)).toMatchObject({ state: 'pending' });
    expect(await approve(other, 'jo', request.id)).toMatchObject({ state: 'approved' });
    await other.close();
  });

  it('by the second account of one person counts once', async () => {
    const request = await ask(world, 'ana', FINANCE);
    await approve(world, 'sam', request.id);
    const sam2 = await world.as('sam2');
    const { scopeHash } = expectOk(await sam2.request(request.id));
    // sam2 is in the owner team, so counting accounts would be enough.
    const again = expectOk(await sam2.answer(request.id, { answer: 'approve', scopeHash }));
    expect(again.state).toBe('pending');
    expect(again.answers).toHaveLength(1);
    const narrower = { answer: 'approve' as const, scopeHash, narrowTo: { durationMs: MINUTE_MS } };
    expect(await sam2.answer(request.id, narrower)).toMatchObject(refusal('already_answered', 409));
    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject(refusal('state_conflict', 409));
  });

  it('by the requester is refused and recorded, and leaves the request as it was', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', LEGISLATORS);
    for (const answer of ['approve', 'reject'] as const)
      expect(await ana.answer(request.id, { answer, scopeHash: request.scopeHash })).toMatchObject(
        refusal('forbidden', 403),
      );
    expect(expectOk(await ana.request(request.id))).toMatchObject({ state: 'pending', answers: [] });
    const attempts = (await storyOf(world, request.id)).filter(({ kind }) => kind === 'approval.refused');
    const { subject } = expectOk(await ana.me());
    expect(attempts).toMatchObject([
      { actor: subject, failed: true, data: { code: 'self_approval' } },
      { actor: subject, failed: true, data: { code: 'self_approval' } },
    ]);
  });

  it("by the requester's other account is recorded, and to it there is no such request", async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    const ana2 = await world.as('ana2');
    expect(await ana2.request(request.id)).toMatchObject(refusal('not_found', 404));
    const answer = { answer: 'approve' as const, scopeHash: request.scopeHash };
    expect(await ana2.answer(request.id, answer)).toMatchObject(refusal('not_found', 404));
    expect(expectOk(await ana2.requests({ role: 'approver' })).requests.map(({ id }) => id)).not.toContain(request.id);
    expect(expectOk(await (await world.as('ana')).request(request.id)).state).toBe('pending');
    expect(kindsOf(await storyOf(world, request.id))).toContain('approval.refused');
  });

  it('by somebody who may not approve looks as if there were no request', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    const missing = await (await world.as('max')).request('req_AAAAAAAAAAAAAAAAAAAAAA');
    for (const user of ['max', 'kim', 'eve', 'warehouse']) {
      const client = await world.as(user);
      expect(await client.request(request.id)).toEqual(missing);
      const answer = { answer: 'approve' as const, scopeHash: request.scopeHash };
      expect(await client.answer(request.id, answer)).toMatchObject(refusal('not_found', 404));
    }
  });

  it('to a scope that changed since is refused', async () => {
    const request = await ask(world, 'ana', FINANCE);
    await approve(world, 'sam', request.id, { durationMs: 30 * MINUTE_MS });
    const jo = await world.as('jo');
    const stale = { answer: 'approve' as const, scopeHash: request.scopeHash };
    expect(await jo.answer(request.id, stale)).toMatchObject(refusal('scope_changed', 409));
    const rejectStale = { answer: 'reject' as const, scopeHash: request.scopeHash };
    expect(await jo.answer(request.id, rejectStale)).toMatchObject(refusal('scope_changed', 409));
    expect(await approve(world, 'jo', request.id)).toMatchObject({ state: 'approved', scope: { duration: 'PT30M' } });
  });

  it('that rejects ends the request at once, whoever approved before', async () => {
    const request = await ask(world, 'ana', FINANCE);
    await approve(world, 'sam', request.id);
    world.clock.advance(1);
    const jo = await world.as('jo');
    const rejected = expectOk(
      await jo.answer(request.id, { answer: 'reject', scopeHash: request.scopeHash, reason: 'Not for this.' }),
    );
    expect(rejected).toMatchObject({ state: 'rejected', closeCode: 'rejected_by_approver' });
    const seen = expectOk(await (await world.as('ana')).request(request.id));
    expect(seen.answers.at(-1)).toMatchObject({ name: 'Jo Berg', answer: 'reject', reason: 'Not for this.' });
    const ana = await world.as('ana');
    expect(await ana.collect(request.id, newKey())).toMatchObject(refusal('state_conflict', 409));
  });

  it('that leaves no action is a rejection, also when it is repeated', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    const jo = await world.as('jo');
    const nothing = { answer: 'approve' as const, scopeHash: request.scopeHash, narrowTo: { actions: [] } };
    expect(expectOk(await jo.answer(request.id, nothing))).toMatchObject({
      state: 'rejected',
      closeCode: 'nothing_left',
    });
    expect(expectOk(await jo.answer(request.id, nothing))).toMatchObject({ state: 'rejected' });
    expect(kindsOf(await storyOf(world, request.id)).filter((kind) => kind === 'approval.answered')).toHaveLength(1);
  });

  it('that would widen the scope is refused and changes nothing', async () => {
    const request = await ask(world, 'ana', { ...LEGISLATORS, actions: ['read'] });
    const jo = await world.as('jo');
    for (const narrowTo of [
      { actions: ['read', 'read_pii'] },
      { actions: ['read_pii'] },
      { durationMs: HOUR_MS + SECOND_MS },
      { actions: ['read'], durationMs: 8 * HOUR_MS },
    ]) {
      const wider = { answer: 'approve' as const, scopeHash: request.scopeHash, narrowTo };
      expect(await jo.answer(request.id, wider)).toMatchObject(refusal('wider_than_scope', 422));
    }
    expect(expectOk(await jo.request(request.id))).toMatchObject({ state: 'pending', answers: [] });
  });

  it('that comes twice is one answer; another one by the same person is refused', async () => {
    const request = await ask(world, 'ana', FINANCE);
    const sam = await world.as('sam');
    const half = { answer: 'approve' as const, scopeHash: request.scopeHash, narrowTo: { durationMs: HOUR_MS / 2 } };
    const first = expectOk(await sam.answer(request.id, half));
    expect(expectOk(await sam.answer(request.id, half))).toEqual(first);
    for (const other of [
      { answer: 'approve' as const, scopeHash: request.scopeHash },
      { ...half, narrowTo: { durationMs: HOUR_MS / 4 } },
      { ...half, narrowTo: { actions: [] } },
      { answer: 'reject' as const, scopeHash: request.scopeHash },
      { answer: 'approve' as const, scopeHash: first.scopeHash },
    ])
      expect(await sam.answer(request.id, other)).toMatchObject(refusal('already_answered', 409));
    expect(expectOk(await sam.request(request.id)).answers).toHaveLength(1);
  });

  it('many times at once is one answer', async () => {
    const request = await ask(world, 'ana', FINANCE);
    const sam = await world.as('sam');
    const body = { answer: 'approve' as const, scopeHash: request.scopeHash };
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await sam.answer(request.id, body)));
    for (const answer of answers) expect(expectOk(answer).state).toBe('pending');
    expect(kindsOf(await storyOf(world, request.id)).filter((kind) => kind === 'approval.answered')).toHaveLength(1);
  });

  it('of two people at the same time to one scope both count', async () => {
    const request = await ask(world, 'ana', FINANCE);
    const body = { answer: 'approve' as const, scopeHash: request.scopeHash };
    const clients = [await world.as('sam'), await world.as('jo')];
    const answers = await Promise.all(clients.map(async (client) => await client.answer(request.id, body)));
    expect(answers.map((answer) => expectOk(answer).state).sort()).toEqual(['approved', 'pending']);
  });

  // Nobody confirms for themselves at a team's broker.
  notOverHttp(it)('may answer what waits only for a confirmation, too', async () => {
    world.clock.advance(13 * HOUR_MS);
    const request = await ask(world, 'ana', WEATHER);
    expect(request.decision.outcome).toBe('needs_confirmation');
    expect(await approve(world, 'jo', request.id)).toMatchObject({ state: 'approved', selfConfirmed: false });
  });
});

describe('narrowing', () => {
  it('by several people adds up, and what is issued is what is left', async () => {
    const request = await ask(world, 'ana', { ...FINANCE, actions: ['read', 'read_pii'], durationMs: 2 * HOUR_MS });
    await approve(world, 'sam', request.id, { durationMs: HOUR_MS });
    const narrowed = await approve(world, 'jo', request.id, { actions: ['read'] });
    expect(narrowed).toMatchObject({
      state: 'approved',
      asked: { actions: ['read', 'read_pii'], duration: 'PT2H' },
      scope: { actions: ['read'], duration: 'PT1H' },
    });
    const held = await collectAs(world, 'ana', request.id);
    expect(held.grant.actions).toEqual(['read']);
    expect(Date.parse(held.grant.endsAt) - Date.parse(held.grant.startsAt)).toBe(HOUR_MS);
    const recorded = (await storyOf(world, request.id)).filter(({ kind }) => kind === 'approval.answered');
    expect(recorded.map(({ data }) => data['scopeHash'])).toEqual([request.scopeHash, recorded[0]?.data['narrowedTo']]);
    expectOk(await held.client.release(held.grant.id));
  });
});

const CONFIG_WITH_TWO_OUTSIDERS = `
mode: embedded
store: sqlite:state/broker.sqlite
catalog: catalog.yaml
policies: policies
keys: { tokenWrapping: 'env:A', ledger: 'env:B', keyedHash: 'env:C', erasure: 'env:D' }
identity:
  embedded:
    users:
      - { name: ana, displayName: Ana, roles: [data-scientist], teams: [vision], contractor: false, zoneinfo: Europe/Berlin }
      - { name: sam, displayName: Sam, roles: [approver], teams: [nlp], contractor: false, zoneinfo: Europe/London }
      - { name: pat, displayName: Pat, roles: [approver], teams: [vision], contractor: false, zoneinfo: Europe/London }
      - { name: jo, displayName: Jo, roles: [approver], teams: [records], contractor: false, zoneinfo: Europe/Oslo }
    device: { managed: true, diskEncrypted: true, country: DE }
gateway: { port: 0 }
`;
