// Collecting when the network loses answers, somebody repeats a call, or another device tries: one live credential.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signDeviceProof } from '#shared/device/device-proof.ts';
import { HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import { ask, collectAs, kindsOf, nextMorning, PENGUINS, storyOf, use, type Held } from '#test/support/access-steps.ts';
import { BASE_URL, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { createGatedIssuer } from '#test/support/gated-issuer.ts';

const gates = createGatedIssuer();
let world: World;
beforeAll(async () => {
  world = await openWorld({ wrapIssuer: gates.wrap });
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

const refusal = (code: string, status: number) => ({ ok: false, error: { code, status } });
const opens = async (credential: Held['credential']): Promise<number> =>
  await use(world, credential, 'dataset:penguins');

async function held(): Promise<Held> {
  const request = await ask(world, 'ana', PENGUINS);
  return await collectAs(world, 'ana', request.id);
}

/** The credentials of the grant that the database believes in. */
async function unrevoked(grantId: string): Promise<readonly string[]> {
  const rows = await world
    .store()
    .read.selectFrom('credentials')
    .select('id')
    .where('grant_id', '=', grantId)
    .where('state', '!=', 'revoked')
    .execute();
  return rows.map(({ id }) => id);
}

describe('collect-lost-reply-replay-and-second-device', () => {
  it('a collect whose reply was lost gives another credential to the same end, and the earlier one is refused', async () => {
    const first = await held();
    expect(await opens(first.credential)).toBe(200);
    world.clock.advance(10 * MINUTE_MS);
    const again = expectOk(await first.client.collect(first.request.id, first.collectId));
    expect(again.grant).toMatchObject({ id: first.grant.id, endsAt: first.grant.endsAt, state: 'active' });
    expect(again.credential.id).not.toBe(first.credential.id);
    expect(again.credential.secret).not.toBe(first.credential.secret);
    expect(Date.parse(again.credential.expiresAt)).toBeLessThanOrEqual(Date.parse(first.grant.endsAt));
    expect(await opens(first.credential)).toBe(401);
    expect(await opens(again.credential)).toBe(200);
    const story = (await storyOf(world, first.request.id)).filter(({ kind }) => !kind.startsWith('use.'));
    expect(kindsOf(story).slice(-3)).toEqual(['grant.issued', 'credential.revoked', 'grant.reissued']);
    expect(story.at(-1)?.data).toMatchObject({ credential: again.credential.id, replaced: first.credential.id });
    expect(story.some(({ text }) => text.includes(first.credential.secret))).toBe(false);
    expectOk(await first.client.release(first.grant.id));
    expect(await opens(again.credential)).toBe(401);
  });

  it('another collectId is refused, and the credential that was given stays as it was', async () => {
    const first = await held();
    expect(await first.client.collect(first.request.id, newKey())).toMatchObject(refusal('collect_conflict', 409));
    expect(await opens(first.credential)).toBe(200);
    expectOk(await first.client.release(first.grant.id));
  });

  it('another device is refused, with the same collectId or another, before and after the collect', async () => {
    const tablet = await world.as('ana', 'tablet');
    const request = await ask(world, 'ana', PENGUINS);
    expect(await tablet.collect(request.id, newKey())).toMatchObject(refusal('collect_conflict', 409));
    const first = await collectAs(world, 'ana', request.id);
    expect(await tablet.collect(request.id, first.collectId)).toMatchObject(refusal('collect_conflict', 409));
    expect(await opens(first.credential)).toBe(200);
    expectOk(await first.client.release(first.grant.id));
  });

  it("somebody else's device, and one that nobody enrolled, prove nothing", async () => {
    const request = await ask(world, 'ana', PENGUINS);
    await world.as('max');
    for (const key of [await world.deviceKey('max'), await world.deviceKey('ana', 'never enrolled')]) {
      const proof = await proofFor(request.id, key);
      const response = await collectWith(request.id, newKey(), proof);
      expect([response.status, await codeOf(response)]).toEqual([401, 'invalid_device_proof']);
    }
    expect((await collectWith(request.id, newKey(), null)).status).toBe(400);
  });

  it('a proof that was used before is refused, also for the call that it was made for', async () => {
    const request = await ask(world, 'ana', PENGUINS);
    const proof = await proofFor(request.id, await world.deviceKey('ana'));
    const collectId = newKey();
    expect((await collectWith(request.id, collectId, proof)).status).toBe(200);
    const replayed = await collectWith(request.id, collectId, proof);
    expect([replayed.status, await codeOf(replayed)]).toEqual([401, 'invalid_device_proof']);
    const forAnother = await ask(world, 'ana', PENGUINS);
    const elsewhere = await proofFor(request.id, await world.deviceKey('ana'));
    expect((await collectWith(forAnother.id, newKey(), elsewhere)).status).toBe(401);
  });

  it('many at once with one collectId leave one live credential', async () => {
    const ana = await world.as('ana');
    for (let round = 0; round < 4; round += 1) {
      const request = await ask(world, 'ana', PENGUINS);
      const collectId = newKey();
      const answers = await Promise.all(
        Array.from({ length: 5 }, async () => await ana.collect(request.id, collectId)),
      );
      const given = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
      expect(given.length).toBeGreaterThan(0);
      const statuses = await Promise.all(given.map(async ({ credential }) => await opens(credential)));
      expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(1);
      const last = expectOk(await ana.collect(request.id, collectId));
      expect(await unrevoked(last.grant.id)).toEqual([last.credential.id]);
      expect(await opens(last.credential)).toBe(200);
      for (const { credential } of given) expect(await opens(credential)).toBe(401);
      expectOk(await ana.release(last.grant.id));
    }
  });

  it('many at once with different collectIds are one grant', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    const answers = await Promise.all(Array.from({ length: 5 }, async () => await ana.collect(request.id, newKey())));
    const given = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
    expect(given).toHaveLength(1);
    for (const answer of answers) if (!answer.ok) expect(answer.error.code).toBe('collect_conflict');
    expectOk(await ana.release(given[0]?.grant.id ?? ''));
  });

  it('an attempt that is slow to issue loses to the repeat that overtook it', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    const collectId = newKey();
    const gate = gates.holdNext('issue');
    const slow = ana.collect(request.id, collectId);
    await gate.reached;
    const fast = expectOk(await ana.collect(request.id, collectId));
    gate.letGo();
    expect(await slow).toMatchObject({ ok: false });
    expect(await opens(fast.credential)).toBe(200);
    expect(await unrevoked(fast.grant.id)).toEqual([fast.credential.id]);
    expectOk(await ana.release(fast.grant.id));
  });

  it('an attempt that was overtaken leaves the grant waiting for the credential of the repeat', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    const collectId = newKey();
    const first = gates.holdNext('issue');
    const slow = ana.collect(request.id, collectId);
    await first.reached;
    const second = gates.holdNext('issue');
    const repeat = ana.collect(request.id, collectId);
    await second.reached;
    first.letGo();
    expect(await slow).toMatchObject({ ok: false });
    const { read } = world.store();
    const grant = read.selectFrom('grants').select('state').where('request_id', '=', request.id);
    expect(await grant.execute()).toEqual([{ state: 'activating' }]);
    second.letGo();
    expect(await opens(expectOk(await repeat).credential)).toBe(200);
    expect(await grant.execute()).toEqual([{ state: 'active' }]);
  });

  it('an attempt that goes live while the repeat revokes it does not stay live', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    const collectId = newKey();
    const issuing = gates.holdNext('issue');
    const slow = ana.collect(request.id, collectId);
    await issuing.reached;
    const probing = gates.holdNext('probe', 'after');
    const repeat = ana.collect(request.id, collectId);
    // The repeat has revoked what it saw and found it gone; before it says so, the first one is issued.
    await probing.reached;
    issuing.letGo();
    const first = await slow;
    probing.letGo();
    const second = expectOk(await repeat);
    if (first.ok) expect(await opens(first.value.credential)).toBe(401);
    expect(await opens(second.credential)).toBe(200);
    expect(await unrevoked(second.grant.id)).toEqual([second.credential.id]);
    expectOk(await ana.release(second.grant.id));
  });

  it('a grant that ends while its credential is being issued hands out nothing that works', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    const gate = gates.holdNext('issue');
    const slow = ana.collect(request.id, newKey());
    await gate.reached;
    const [grant] = expectOk(await ana.grants({ state: 'activating' })).grants;
    expect(expectOk(await ana.release(grant?.id ?? ''))).toMatchObject({ state: 'ended', endReason: 'released' });
    gate.letGo();
    expect(await slow).toMatchObject(refusal('state_conflict', 409));
    expect(await unrevoked(grant?.id ?? '')).toEqual([]);
  });

  it('an issuer that fails ends the grant through its revoke, and nothing is handed out', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    gates.failWhen((step) => step === 'issue');
    expect(await ana.collect(request.id, newKey())).toMatchObject(refusal('unavailable', 503));
    gates.failWhen(() => false);
    const { grantId } = expectOk(await ana.request(request.id));
    const grant = expectOk(await ana.grants()).grants.find(({ id }) => id === grantId);
    expect(grant).toMatchObject({ state: 'ended', endReason: 'activation_failed' });
  });

  it('an earlier credential that cannot be revoked keeps the next one from being issued', async () => {
    const first = await held();
    gates.failWhen((step) => step === 'revoke');
    expect(await first.client.collect(first.request.id, first.collectId)).toMatchObject(refusal('unavailable', 503));
    // Not knowing is not working: the earlier one is refused from the moment that somebody asked for another.
    expect(await opens(first.credential)).toBe(401);
    gates.failWhen(() => false);
    const again = expectOk(await first.client.collect(first.request.id, first.collectId));
    expect(await opens(again.credential)).toBe(200);
    expectOk(await first.client.release(first.grant.id));
  });

  it('nothing is issued again after the grant was released, revoked, or ran out', async () => {
    const lee = await world.as('lee');
    const released = await held();
    expectOk(await released.client.release(released.grant.id));
    const revoked = await held();
    expectOk(await lee.revoke(revoked.grant.id, 'The laptop was lost.'));
    const expired = await held();
    world.clock.advance(HOUR_MS);
    for (const over of [released, revoked, expired]) {
      const again = await over.client.collect(over.request.id, over.collectId);
      expect(again).toMatchObject(refusal('state_conflict', 409));
      expect(await opens(over.credential)).toBe(401);
    }
    await world.broker().runDue();
    expect(await unrevoked(expired.grant.id)).toEqual([]);
  });
});

async function proofFor(requestId: string, key: Awaited<ReturnType<World['deviceKey']>>): Promise<string> {
  return await signDeviceProof({ key, method: 'POST', url: collectUrl(requestId), nowMs: world.clock.now() });
}

function collectUrl(requestId: string): string {
  return `${BASE_URL}/v1/requests/${requestId}/collect`;
}

async function collectWith(requestId: string, collectId: string, dpop: string | null): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...(dpop === null ? {} : { dpop }) };
  const body = JSON.stringify({ collectId });
  return await world.call(new Request(collectUrl(requestId), { method: 'POST', headers, body }), 'ana');
}

async function codeOf(response: Response): Promise<unknown> {
  const problem = (await response.json()) as { readonly code: unknown };
  return problem.code;
}
