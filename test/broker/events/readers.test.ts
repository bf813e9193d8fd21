// What becomes of the readers of events: those that leave, hang, are slow, or are too many.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEvents } from '#broker/events/events.ts';
import { eventStream } from '#broker/events/event-stream.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { BASE_URL, expectOk, newKey, openWorld, type World } from '#test/support/broker-world.ts';
import { openStream, readEvents } from './event-readers.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  await world.close();
});

const weather = { resource: 'dataset:weather', actions: ['read'], purpose: 'evaluation', durationMs: HOUR_MS };

describe('readers', () => {
  /** A stream over the broker's own ledger, with its subscriptions counted. */
  const counted = (): { open: (signal?: AbortSignal) => Response; subscriptions: () => number } => {
    let subscriptions = 0;
    const { ledger } = world.broker();
    const deps = {
      store: world.store(),
      directory: { find: () => ({ admin: true }) },
      ledger: {
        ...ledger,
        records: async ({ afterSequence = -1, limit = 1 }) =>
          await Promise.resolve(
            Array.from({ length: limit }, (_, index) => ({ sequence: afterSequence + 1 + index, kind: 'x', atMs: 0 })),
          ),
        subscribe: () => {
          subscriptions += 1;
          let open = true;
          return () => {
            if (open) subscriptions -= 1;
            open = false;
          };
        },
      },
    };
    const events = createEvents(
      () => deps as never,
      () => Promise.resolve(),
    );
    return {
      subscriptions: () => subscriptions,
      open: (outer = new AbortController().signal) => {
        const stop = new AbortController();
        const signal = AbortSignal.any([outer, stop.signal]);
        return eventStream(events.follow({ subject: 'sub_x' } as never, -1, signal), stop);
      },
    };
  };

  it('leave nothing behind when they cancel, read or not', async () => {
    const { open, subscriptions } = counted();
    await open().body?.cancel();
    expect(subscriptions()).toBe(0);
    const reader = open().body?.getReader();
    for (let turn = 0; turn < 5; turn += 1) await reader?.read();
    expect(subscriptions()).toBe(1);
    await reader?.cancel();
    expect(subscriptions()).toBe(0);
  });

  it('leave nothing behind when their call is aborted while they do not read', async () => {
    const { open, subscriptions } = counted();
    const outer = new AbortController();
    const reader = open(outer.signal).body?.getReader();
    for (let turn = 0; turn < 5; turn += 1) await reader?.read();
    expect(subscriptions()).toBe(1);
    outer.abort();
    expect(subscriptions()).toBe(0);
    expect((await reader?.read())?.done).toBe(true);
  });

  it('that never read cost no subscription', () => {
    const { open, subscriptions } = counted();
    open();
    expect(subscriptions()).toBe(0);
  });

  it('that are slow hold up nobody', async () => {
    const slow = await openStream(world, 'lee', 0);
    const slowReader = slow.body?.getReader();
    await slowReader?.read();
    const fast = await readEvents(world, 'ana');
    const { id } = expectOk(await (await world.as('ana')).submit(weather, newKey()));
    await fast.until('request.submitted', id);
    await fast.stop();
    await slowReader?.cancel();
  });

  it('beyond sixteen of one person push out the oldest one, and nobody else’s', async () => {
    const max = await readEvents(world, 'max');
    const oldest = await readEvents(world, 'ana');
    const idle = (await openStream(world, 'ana')).body?.getReader();
    await idle?.read();
    const others = await Promise.all(Array.from({ length: 14 }, async () => await readEvents(world, 'ana')));
    const heads = await world.call(new Request(`${BASE_URL}/v1/events`, { method: 'HEAD' }), 'ana');
    expect(heads.status).toBe(200);
    await oldest.ended;
    const newest = await readEvents(world, 'ana');
    expect((await idle?.read())?.done).toBe(true);
    const [ana, request] = [await world.as('ana'), await (await world.as('max')).submit(weather, newKey())];
    const { id } = expectOk(await ana.submit(weather, newKey()));
    await newest.until('request.submitted', id);
    await max.until('request.submitted', expectOk(request).id);
    for (const reader of [max, newest, ...others]) await reader.stop();
  });

  it('are let go when the broker closes', async () => {
    const reading = await readEvents(world, 'ana');
    const idle = (await openStream(world, 'lee')).body?.getReader();
    await world.stop();
    await reading.ended;
    await idle?.read();
    expect((await idle?.read())?.done).toBe(true);
    expect(world.troubles).toEqual([]);
    await world.start();
  });
});
