// The client of the event stream: what it tells over cuts, silence, another ledger and nonsense.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followEvents } from '#shared/client/broker-events.ts';
import type { BrokerEvent } from '#shared/contracts/broker-api.ts';
import { createHandTimers, type HandTimers } from '#test/support/agent-world.ts';

type Connection = {
  readonly lastEventId: string | null;
  readonly send: (text: string) => void;
  readonly end: () => void;
  readonly signal: AbortSignal;
};

let connections: Connection[];
let timers: HandTimers;
let stop: AbortController;
let told: (string | number)[];
let answer: (request: Request) => Response | null;
let done: Promise<void>;

beforeEach(() => {
  connections = [];
  timers = createHandTimers();
  stop = new AbortController();
  told = [];
  answer = () => null;
  done = followEvents({
    fetch: async (request) => {
      const refused = answer(request);
      if (refused !== null) return refused;
      const encoder = new TextEncoder();
      let controller: ReadableStreamDefaultController<Uint8Array> | null = null;
      const body = new ReadableStream<Uint8Array>({ start: (given) => void (controller = given) });
      connections.push({
        lastEventId: request.headers.get('last-event-id'),
        send: (text) => controller?.enqueue(encoder.encode(text)),
        end: () => controller?.close(),
        signal: request.signal,
      });
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
    baseUrl: 'http://broker.test',
    signal: stop.signal,
    after: timers.after,
    onOpen: (resumed) => told.push(resumed ? 'resumed' : 'open'),
    onEvent: ({ id }) => told.push(id),
    onLost: () => told.push('lost'),
  });
});
afterEach(async () => {
  stop.abort();
  await done;
});

const line = (id: number, over: Partial<BrokerEvent> = {}): string => {
  const event = {
    id,
    kind: 'grant.ended',
    at: '2026-11-24T09:00:00.000Z',
    requestId: null,
    grantId: null,
    resource: null,
  };
  return `id: ${id}\nevent: grant.ended\ndata: ${JSON.stringify({ ...event, ...over })}\n\n`;
};
const connection = async (index: number): Promise<Connection> => {
  await expect.poll(() => connections.length).toBeGreaterThan(index);
  const one = connections[index];
  if (one === undefined) throw new Error('no connection');
  return one;
};

describe('the event stream', () => {
  it('tells events in pieces of any size, and none for a comment', async () => {
    const first = await connection(0);
    const text = `: connected\n\n${line(4)}${line(5)}`;
    for (const character of text) first.send(character);
    await expect.poll(() => told).toEqual(['open', 4, 5]);
  });

  it('comes back from where it was, and tells nothing twice', async () => {
    const first = await connection(0);
    expect(first.lastEventId).toBeNull();
    first.send(line(7));
    await expect.poll(() => told).toEqual(['open', 7]);
    first.end();
    await expect.poll(() => told).toContain('lost');
    timers.advance(250);
    const second = await connection(1);
    expect(second.lastEventId).toBe('7');
    second.send(line(7) + line(8));
    await expect.poll(() => told).toEqual(['open', 7, 'lost', 'resumed', 8]);
  });

  it('takes silence for a dead connection', async () => {
    const first = await connection(0);
    first.send(': connected\n\n');
    await expect.poll(() => told).toEqual(['open']);
    timers.advance(60_000);
    await expect.poll(() => told).toContain('lost');
    timers.advance(250);
    await connection(1);
  });

  it('begins anew when the ledger does not know its place', async () => {
    const first = await connection(0);
    first.send(line(900));
    await expect.poll(() => told).toEqual(['open', 900]);
    answer = (request) => (request.headers.has('last-event-id') ? new Response(null, { status: 400 }) : null);
    first.end();
    await expect.poll(() => told).toContain('lost');
    timers.advance(250);
    await expect.poll(() => told.filter((one) => one === 'lost')).toHaveLength(2);
    timers.advance(60_000);
    expect((await connection(1)).lastEventId).toBeNull();
    (await connection(1)).send(': connected\n\n');
    await expect.poll(() => told.at(-1)).toBe('open');
  });

  it('waits longer after each failure, and does not give up', async () => {
    const first = await connection(0);
    answer = () => new Response(null, { status: 503 });
    first.end();
    const losses = (): number => told.filter((one) => one === 'lost').length;
    await expect.poll(losses).toBe(1);
    timers.advance(250);
    await expect.poll(losses).toBe(2);
    timers.advance(250);
    expect(losses()).toBe(2);
    for (let round = 3; round < 12; round += 1) {
      timers.advance(30_000);
      await expect.poll(losses).toBe(round);
    }
    answer = () => null;
    timers.advance(30_000);
    await connection(1);
  });

  it('drops a stream that speaks nonsense', async () => {
    const first = await connection(0);
    first.send('data: {"id":"no"}\n\n');
    await expect.poll(() => told).toEqual(['open', 'lost']);
  });

  it('ends at once when it is told to, and lets the connection go', async () => {
    const first = await connection(0);
    stop.abort();
    await done;
    expect(first.signal.aborted).toBe(true);
    expect(told).toEqual([]);
  });

  it('takes a greeting that is kept back for a stream that will be kept back, sooner than silence', async () => {
    await connection(0);
    await new Promise((resolve) => setImmediate(resolve));
    timers.advance(15_000);
    await expect.poll(() => told).toEqual(['lost']);
  });
});

describe('many desktops', () => {
  it('come back to a broker that starts again at times of their own', async () => {
    const DESKTOPS = 200;
    const pauses: number[] = [];
    const all = new AbortController();
    const following = Array.from({ length: DESKTOPS }, async (_, index) => {
      await followEvents({
        fetch: async () => new Response(null, { status: 503 }),
        baseUrl: 'https://broker.test/daypass',
        signal: all.signal,
        // Only the pause itself: what guards a connection is set before it.
        after: (delayMs) => {
          if (delayMs !== 15_000) pauses.push(delayMs);
          else return () => undefined;
          if (pauses.length >= DESKTOPS) all.abort();
          return () => undefined;
        },
        onOpen: () => undefined,
        onEvent: () => undefined,
        onLost: () => undefined,
        spread: { mostMs: 3000, random: () => ((index * 7919) % DESKTOPS) / DESKTOPS },
      });
    });
    await Promise.all(following);
    const perTenth = Array.from(
      { length: 33 },
      (_, tenth) => pauses.filter((pause) => Math.floor(pause / 100) === tenth).length,
    );
    expect(Math.max(...perTenth)).toBeLessThan(DESKTOPS / 10);
  });
});
