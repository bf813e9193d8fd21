// Whoever approves what is confidential or above has just signed in, by the token of that very call and the broker's
// clock. Rejecting and revoking never wait for it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FINANCE, LEGISLATORS, readLedger } from '#test/support/access-steps.ts';
import { BASE_URL, expectOk, newKey } from '#test/support/broker-world.ts';
import { openHttpWorld, type HttpWorld } from '#test/support/http-world.ts';
import { type TokenWish } from '#test/support/standalone-world.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await openHttpWorld();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => {
  world.signIn('jo');
});

type Asked = { readonly id: string; readonly scopeHash: string };

async function asked(): Promise<Asked> {
  const { id, scopeHash } = expectOk(await (await world.as('ana')).submit(LEGISLATORS, newKey()));
  return { id, scopeHash };
}

function answering({ id, scopeHash }: Asked, more: object = {}): Request {
  return new Request(`${BASE_URL}/v1/requests/${id}/approvals`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ answer: 'approve', scopeHash, ...more }),
  });
}

async function answerWith(request: Asked, wish: TokenWish, more: object = {}): Promise<Response> {
  return await world.callWith(answering(request, more), `Bearer ${await world.tokenFor('jo', wish)}`);
}

async function stateOf({ id }: Asked): Promise<string> {
  return expectOk(await (await world.as('ana')).request(id)).state;
}

async function expectStepUp(response: Response): Promise<void> {
  expect(response.status).toBe(401);
  expect(response.headers.get('www-authenticate')).toMatch(
    /^Bearer .*error="insufficient_user_authentication".*, max_age="300"$/,
  );
  expect(await response.json()).toMatchObject({ code: 'fresh_sign_in_required', status: 401 });
}

const agoMs = (ms: number): TokenWish => ({ authTimeMs: world.clock.now() - ms });

describe('an approval of what is confidential', () => {
  it('is refused when the token says of no sign-in', async () => {
    const request = await asked();
    await expectStepUp(await answerWith(request, { authTimeMs: null }));
    expect(await stateOf(request)).toBe('pending');
  });

  it('is refused when the sign-in is older than the configuration allows, by a second', async () => {
    const request = await asked();
    await expectStepUp(await answerWith(request, agoMs(5 * MINUTE_MS + SECOND_MS)));
    expect(await stateOf(request)).toBe('pending');
    expect((await answerWith(request, agoMs(5 * MINUTE_MS))).status).toBe(200);
    expect(await stateOf(request)).toBe('approved');
  });

  it('is refused when the sign-in is in the future, and within the clocks’ tolerance counts as now', async () => {
    const request = await asked();
    const future = await answerWith(request, agoMs(-MINUTE_MS));
    expect(future.status).toBe(401);
    expect(await future.json()).toMatchObject({ code: 'unauthenticated' });
    expect(world.refusals.at(-1)).toBe('signed_in_in_the_future');
    expect((await answerWith(request, agoMs(-5 * SECOND_MS))).status).toBe(200);
  });

  it('does not take the sign-in of another token of the same person', async () => {
    const request = await asked();
    await world.callWith(new Request(`${BASE_URL}/v1/me`), `Bearer ${await world.tokenFor('jo', agoMs(0))}`);
    await expectStepUp(await answerWith(request, agoMs(6 * MINUTE_MS)));
  });

  it('does not take the sign-in of the same token once time went on', async () => {
    const token = await world.tokenFor('jo', agoMs(0));
    const first = await asked();
    expect((await world.callWith(answering(first), `Bearer ${token}`)).status).toBe(200);
    const second = await asked();
    world.clock.advance(5 * MINUTE_MS + SECOND_MS);
    await expectStepUp(await world.callWith(answering(second), `Bearer ${token}`));
    expect(await stateOf(second)).toBe('pending');
  });

  it.each(['never', -1, null, {}, '1795510800', 1e300])('is not moved by an auth_time of %j', async (authTime) => {
    const request = await asked();
    const response = await answerWith(request, { claims: { auth_time: authTime } });
    expect(response.status).toBe(401);
    expect(await stateOf(request)).toBe('pending');
  });

  it('asks whoever may not answer for no sign-in: to them there is no such request', async () => {
    const request = await asked();
    const token = await world.tokenFor('eve', agoMs(60 * MINUTE_MS));
    expect((await world.callWith(answering(request), `Bearer ${token}`)).status).toBe(404);
  });

  it('is refused when it narrows, and when it is a restricted one’s second', async () => {
    const request = await asked();
    await expectStepUp(await answerWith(request, agoMs(6 * MINUTE_MS), { narrowTo: { actions: ['read'] } }));
    const { id, scopeHash } = expectOk(await (await world.as('ana')).submit(FINANCE, newKey()));
    expectOk(await (await world.as('sam')).answer(id, { answer: 'approve', scopeHash }));
    await expectStepUp(await answerWith({ id, scopeHash }, agoMs(6 * MINUTE_MS)));
    expect(await stateOf({ id, scopeHash })).toBe('pending');
  });
});

describe('no fresh sign-in is asked for', () => {
  it('to reject, whatever is narrowed away', async () => {
    const old = agoMs(60 * MINUTE_MS);
    const first = await asked();
    expect((await answerWith(first, old, { answer: 'reject' })).status).toBe(200);
    expect(await stateOf(first)).toBe('rejected');
    // Past the time for which a rejection cannot be asked again.
    world.clock.advance(90 * MINUTE_MS);
  });

  it('to revoke', async () => {
    const request = await asked();
    expect((await answerWith(request, agoMs(0))).status).toBe(200);
    const collected = expectOk(await (await world.as('ana')).collect(request.id, newKey()));
    world.signIn('lee', { authTimeMs: null });
    expectOk(await (await world.as('lee')).revoke(collected.grant.id, 'Not any more'));
    world.signIn('lee');
  });
});

it('stays on record with the approval, which does not grow stale while the requester is away', async () => {
  const request = await asked();
  const signedInAtMs = world.clock.now() - 2 * MINUTE_MS;
  expect((await answerWith(request, { authTimeMs: signedInAtMs })).status).toBe(200);
  const answered = (await readLedger(world)).findLast(
    ({ kind, requestId }) => kind === 'approval.answered' && requestId === request.id,
  );
  expect(answered?.data['signedInAtMs']).toBe(signedInAtMs);
  const rows = world.store().read.selectFrom('approvals').select('auth_time_ms').where('request_id', '=', request.id);
  expect(await rows.execute()).toEqual([{ auth_time_ms: signedInAtMs }]);
  world.clock.advance(60 * MINUTE_MS);
  expect((await (await world.as('ana')).collect(request.id, newKey())).ok).toBe(true);
});

it('is counted again at collect: an approval without a sign-in in the books gives nothing', async () => {
  const request = await asked();
  expect((await answerWith(request, agoMs(0))).status).toBe(200);
  await world.store().transaction(async (tx) => {
    await tx.updateTable('approvals').set({ auth_time_ms: null }).where('request_id', '=', request.id).execute();
  });
  const collected = await (await world.as('ana')).collect(request.id, newKey());
  expect(collected).toMatchObject({ ok: false, error: { code: 'denied_by_policy' } });
});
