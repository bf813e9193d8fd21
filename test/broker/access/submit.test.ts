// Asking: one request for one ask, the decision with it, its start, and its end when nobody answers or collects.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS, formatInstant, HOUR_MS, MINUTE_MS } from '#shared/domain/time.ts';
import {
  approve,
  ask,
  collectAs,
  FINANCE,
  kindsOf,
  LEGISLATORS,
  nextMorning,
  PENGUINS,
  readLedger,
  storyOf,
  WEATHER,
} from '#test/support/access-steps.ts';
import { expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => await nextMorning(world));
afterAll(async () => await world.close());

describe('a request that is sent again', () => {
  it('with the same key and body is the same request, also after it was answered', async () => {
    const ana = await world.as('ana');
    const key = newKey();
    const first = expectOk(await ana.submit(LEGISLATORS, key));
    expect(first.state).toBe('pending');
    expect(expectOk(await ana.submit(LEGISLATORS, key))).toEqual(first);
    await approve(world, 'jo', first.id);
    const again = expectOk(await ana.submit(LEGISLATORS, key));
    expect(again).toMatchObject({ id: first.id, state: 'approved' });
    expect(kindsOf(await storyOf(world, first.id))).toEqual([
      'request.submitted',
      'request.decided',
      'approval.answered',
      'request.approved',
    ]);
  });

  it('is the same request when the actions are in another order or repeated only if the body is the same', async () => {
    const ana = await world.as('ana');
    const key = newKey();
    const one = expectOk(await ana.submit({ ...LEGISLATORS, actions: ['read', 'read_pii'] }, key));
    const reordered = await ana.submit({ ...LEGISLATORS, actions: ['read_pii', 'read'] }, key);
    expect(reordered).toMatchObject({ ok: false, error: { code: 'idempotency_conflict' } });
    expect(one.asked.actions).toEqual(['read', 'read_pii']);
  });

  it('with the same key and another body is refused', async () => {
    const ana = await world.as('ana');
    const key = newKey();
    expectOk(await ana.submit(PENGUINS, key));
    const others = [
      { ...PENGUINS, durationMs: 2 * HOUR_MS },
      { ...PENGUINS, purpose: 'training' },
      { ...PENGUINS, justification: 'because' },
      WEATHER,
    ];
    for (const other of others)
      expect(await ana.submit(other, key)).toMatchObject({
        ok: false,
        error: { code: 'idempotency_conflict', status: 409 },
      });
  });

  it('with the same key from another device is refused', async () => {
    const key = newKey();
    expectOk(await (await world.as('ana')).submit(PENGUINS, key));
    const tablet = await world.as('ana', 'tablet');
    expect(await tablet.submit(PENGUINS, key)).toMatchObject({ ok: false, error: { code: 'idempotency_conflict' } });
  });

  it('with the same key by somebody else is another request', async () => {
    const key = newKey();
    const mine = expectOk(await (await world.as('ana')).submit(PENGUINS, key));
    const theirs = expectOk(await (await world.as('max')).submit(PENGUINS, key));
    expect(theirs.id).not.toBe(mine.id);
  });

  it('many times at once is one request', async () => {
    const ana = await world.as('ana');
    const key = newKey();
    const answers = await Promise.all(Array.from({ length: 12 }, async () => await ana.submit(LEGISLATORS, key)));
    const ids = [...new Set(answers.map((answer) => expectOk(answer).id))];
    expect(ids).toHaveLength(1);
    expect(kindsOf(await storyOf(world, ids[0] ?? ''))).toEqual(['request.submitted', 'request.decided']);
  });

  it('without a usable key is refused and leaves nothing', async () => {
    const ana = await world.as('ana');
    const before = expectOk(await ana.requests()).requests.length;
    for (const key of ['', 'short', 'x'.repeat(129), 'with space in it'])
      expect(await ana.submit(PENGUINS, key)).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
    expect(expectOk(await ana.requests()).requests).toHaveLength(before);
  });
});

describe('several requests of one bundle', () => {
  it('carry its id, and each is decided, answered and ended by itself', async () => {
    const ana = await world.as('ana');
    const bundleId = newKey();
    const easy = expectOk(await ana.submit({ ...PENGUINS, bundleId }, newKey()));
    const hard = expectOk(await ana.submit({ ...LEGISLATORS, bundleId }, newKey()));
    expect([easy.bundleId, hard.bundleId]).toEqual([bundleId, bundleId]);
    expect([easy.state, hard.state]).toEqual(['approved', 'pending']);
    expectOk(await ana.withdraw(hard.id));
    expect(expectOk(await ana.request(easy.id)).state).toBe('approved');
  });
});

describe('a request that policy denies', () => {
  it('is stored as denied with its reasons, and following the counter-offer works', async () => {
    const ana = await world.as('ana');
    const wish = { ...LEGISLATORS, durationMs: 40 * HOUR_MS };
    const denied = expectOk(await ana.submit(wish, newKey()));
    expect(denied).toMatchObject({ state: 'denied', closeCode: 'over_max_duration', decision: { outcome: 'denied' } });
    const offer = denied.decision.counterOffer;
    expect(offer).toEqual({ duration: 'PT8H', outcome: 'needs_approval' });
    const followed = expectOk(await ana.submit({ ...wish, durationMs: 8 * HOUR_MS }, newKey()));
    expect(followed).toMatchObject({ state: 'pending', decision: { outcome: 'needs_approval' } });
    const approved = await approve(world, 'jo', followed.id);
    expect(approved.state).toBe('approved');
  });

  it('cannot be answered, confirmed, withdrawn or collected', async () => {
    const ana = await world.as('ana');
    const denied = expectOk(await ana.submit({ ...LEGISLATORS, durationMs: 40 * HOUR_MS }, newKey()));
    const jo = await world.as('jo');
    const conflict = { ok: false, error: { code: 'state_conflict' } };
    expect(await jo.answer(denied.id, { answer: 'approve', scopeHash: denied.scopeHash })).toMatchObject(conflict);
    expect(await ana.confirm(denied.id, denied.scopeHash, denied.resource.id)).toMatchObject(conflict);
    expect(await ana.withdraw(denied.id)).toMatchObject(conflict);
    expect(await ana.collect(denied.id, newKey())).toMatchObject(conflict);
  });

  it('looks the same as its dry run, which stores nothing', async () => {
    const ana = await world.as('ana');
    for (const wish of [PENGUINS, LEGISLATORS, FINANCE, { ...LEGISLATORS, durationMs: 40 * HOUR_MS }]) {
      const before = (await readLedger(world)).length;
      const tried = expectOk(await ana.dryRun(wish));
      expect(await readLedger(world)).toHaveLength(before);
      const asked = expectOk(await ana.submit(wish, newKey()));
      expect(tried).toMatchObject({ decision: asked.decision, scopeHash: asked.scopeHash });
    }
  });

  it('for a resource that is not theirs to ask for looks as if there were none', async () => {
    const eve = await world.as('eve');
    const hidden = await eve.submit(FINANCE, newKey());
    const missing = await eve.submit({ ...FINANCE, resource: 'dataset:no-such-thing' }, newKey());
    expect(hidden).toEqual(missing);
    expect(hidden).toMatchObject({ ok: false, error: { code: 'not_found', status: 404 } });
  });
});

describe('a scheduled request', () => {
  it('cannot be collected before its start, and runs its whole time from collect', async () => {
    const ana = await world.as('ana');
    const startsMs = world.clock.now() + 3 * HOUR_MS;
    const request = expectOk(await ana.submit({ ...PENGUINS, startAt: formatInstant(startsMs) }, newKey()));
    expect(request).toMatchObject({ state: 'approved', scope: { startAt: formatInstant(startsMs) } });
    const early = await ana.collect(request.id, newKey());
    expect(early).toMatchObject({ ok: false, error: { code: 'too_early', status: 409 } });
    world.clock.set(startsMs - 1);
    expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'too_early' } });
    world.clock.set(startsMs);
    const held = await collectAs(world, 'ana', request.id);
    expect(Date.parse(held.grant.startsAt)).toBe(startsMs);
    expect(Date.parse(held.grant.endsAt)).toBe(startsMs + HOUR_MS);
    expectOk(await ana.release(held.grant.id));
  });

  it('can be collected until 12 hours after its start, not a millisecond longer', async () => {
    const ana = await world.as('ana');
    const startsMs = world.clock.now() + 26 * HOUR_MS;
    const wish = { ...PENGUINS, startAt: formatInstant(startsMs) };
    const inTime = expectOk(await ana.submit(wish, newKey()));
    const tooLate = expectOk(await ana.submit(wish, newKey()));
    expect(inTime.lapsesAt).toBe(formatInstant(startsMs + 12 * HOUR_MS));
    world.clock.set(startsMs + 12 * HOUR_MS - 1);
    const held = await collectAs(world, 'ana', inTime.id);
    expectOk(await ana.release(held.grant.id));
    world.clock.set(startsMs + 12 * HOUR_MS);
    expect(await ana.collect(tooLate.id, newKey())).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
    expect(expectOk(await ana.request(tooLate.id)).state).toBe('lapsed');
  });

  it.each([
    ['in the past', -6 * MINUTE_MS],
    ['more than 90 days ahead', 90 * DAY_MS + MINUTE_MS],
  ])('is refused when it would start %s', async (_, byMs) => {
    const ana = await world.as('ana');
    const startAt = formatInstant(world.clock.now() + byMs);
    expect(await ana.submit({ ...PENGUINS, startAt }, newKey())).toMatchObject({
      ok: false,
      error: { code: 'invalid_request' },
    });
  });

  it('is decided by the hour at which it starts', async () => {
    const ana = await world.as('ana');
    const tonight = formatInstant(world.clock.now() + 13 * HOUR_MS);
    const now = expectOk(await ana.submit(WEATHER, newKey()));
    const later = expectOk(await ana.submit({ ...WEATHER, startAt: tonight }, newKey()));
    expect([now.decision.outcome, later.decision.outcome]).toEqual(['approved', 'needs_confirmation']);
  });
});

describe('a request that nobody takes up', () => {
  it('lapses after 24 hours of waiting, exactly', async () => {
    const ana = await world.as('ana');
    const jo = await world.as('jo');
    const request = await ask(world, 'ana', LEGISLATORS);
    world.clock.advance(DAY_MS - 1);
    await world.broker().runDue();
    expect(expectOk(await ana.request(request.id)).state).toBe('pending');
    world.clock.advance(1);
    const late = await jo.answer(request.id, { answer: 'approve', scopeHash: request.scopeHash });
    expect(late).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
    expect(expectOk(await ana.request(request.id)).state).toBe('lapsed');
    expect((await storyOf(world, request.id)).at(-1)).toMatchObject({
      kind: 'request.closed',
      data: { state: 'lapsed' },
    });
  });

  it('lapses 12 hours after the approval, however long it waited before', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', LEGISLATORS);
    world.clock.advance(5 * HOUR_MS);
    const approved = await approve(world, 'jo', request.id);
    expect(approved.lapsesAt).toBe(formatInstant(world.clock.now() + 12 * HOUR_MS));
    world.clock.advance(12 * HOUR_MS);
    await world.broker().runDue();
    expect(expectOk(await ana.request(request.id)).state).toBe('lapsed');
    expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
    const closed = (await storyOf(world, request.id)).filter(({ kind }) => kind === 'request.closed');
    expect(closed).toHaveLength(1);
  });

  it('cannot be confirmed after its time, even before the deadlines come by', async () => {
    const ana = await world.as('ana');
    world.clock.advance(13 * HOUR_MS);
    const request = await ask(world, 'ana', WEATHER);
    expect(request.decision.outcome).toBe('needs_confirmation');
    world.clock.advance(DAY_MS);
    const late = await ana.confirm(request.id, request.scopeHash, request.resource.id);
    expect(late).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
  });
});

describe('a request that its owner withdraws', () => {
  it('is withdrawn while it waits and while it is approved, and a repeat changes nothing', async () => {
    const ana = await world.as('ana');
    for (const wish of [LEGISLATORS, PENGUINS]) {
      const request = await ask(world, 'ana', wish);
      expect(expectOk(await ana.withdraw(request.id)).state).toBe('withdrawn');
      expect(expectOk(await ana.withdraw(request.id)).state).toBe('withdrawn');
      expect(await ana.collect(request.id, newKey())).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
      expect(kindsOf(await storyOf(world, request.id)).filter((kind) => kind === 'request.closed')).toHaveLength(1);
    }
  });

  it('once it is a grant stays one: that ends with Done', async () => {
    const ana = await world.as('ana');
    const request = await ask(world, 'ana', PENGUINS);
    const held = await collectAs(world, 'ana', request.id);
    expect(await ana.withdraw(request.id)).toMatchObject({ ok: false, error: { code: 'state_conflict' } });
    expectOk(await ana.release(held.grant.id));
  });

  it('is no request at all to anybody else', async () => {
    const request = await ask(world, 'ana', LEGISLATORS);
    for (const user of ['max', 'jo', 'ana2', 'lee'])
      expect(await (await world.as(user)).withdraw(request.id)).toMatchObject({
        ok: false,
        error: { code: 'not_found' },
      });
    expect(expectOk(await (await world.as('ana')).request(request.id)).state).toBe('pending');
  });
});
