// Whatever a receiver does, call by call: in the end every record arrived at least once and in order, none was invented,
// and dead letters are exactly those that it refused for good.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { OpenedSink } from '#shared/sinks/sinks.ts';
import {
  accept,
  answer,
  type Behaviour,
  closeMidAnswer,
  openReceiver,
  type Receiver,
  refuse,
  reset,
} from '../../support/hostile-receiver.ts';
import { openSinkLog, type SinkLog } from '../../support/sink-log.ts';
import { arrivals, otlpBodies, uidsOf, webhookBodies } from '../../support/sink-readings.ts';

const open: { log: SinkLog; receiver: Receiver }[] = [];
afterEach(async () => {
  for (const { log, receiver } of open.splice(0)) {
    await log.close();
    await receiver.close();
  }
});

const SECRET = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;

/** What may happen to a call, and to nothing but that call. */
const MISHAPS = {
  reset: reset(),
  'reset, but kept': reset(true),
  'cut, but kept': closeMidAnswer(true),
  busy: refuse(503, { 'retry-after': '0' }),
  'too many': refuse(429),
  bug: refuse(500),
  moved: refuse(308, { location: 'https://elsewhere.example/' }),
  'not allowed': refuse(403),
  'gone for now': refuse(404),
  'kept twice': accept(),
} as const satisfies Record<string, Behaviour>;
/** To a webhook every 2xx is a yes. */
const OTLP_MISHAPS = { ...MISHAPS, 'a page': answer('<html>'), 'half a page': answer('{"partial') } as const;

const steps = <M extends string>(mishap: readonly M[]) =>
  fc.array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('mishaps' as const),
          names: fc.array(fc.constantFrom(...mishap), { maxLength: 4 }),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('grow' as const), records: fc.integer({ min: 1, max: 40 }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    ),
    { minLength: 1, maxLength: 8 },
  );

describe.each([
  { name: 'otlp', mishaps: OTLP_MISHAPS, bodiesOf: otlpBodies },
  { name: 'webhook', mishaps: MISHAPS, bodiesOf: webhookBodies },
] as const)('a receiver of $name that does anything', ({ name, mishaps, bodiesOf }) => {
  const names = Object.keys(mishaps) as (keyof typeof mishaps)[];

  it('has everything in the end but what it refused for good', async () => {
    const run = fc.asyncProperty(
      steps(names),
      // Which records it will never take, and how many it takes at once.
      fc.array(fc.nat({ max: 60 }), { maxLength: 5 }),
      fc.constantFrom(1, 7, 512),
      async (script, refused, most) => {
        const log = await openSinkLog();
        const receiver = await openReceiver();
        open.push({ log, receiver });
        const bad = new Set<string>();
        receiver.behave((call, ...rest) => {
          const bodies = bodiesOf(call);
          if (bodies.length > most) return refuse(413)(call, ...rest);
          return uidsOf(bodies).some((uid) => bad.has(uid)) ? refuse(422)(call, ...rest) : accept()(call, ...rest);
        });
        const url = `${receiver.url}/`;
        const sink: OpenedSink =
          name === 'otlp'
            ? { sink: { kind: 'otlp', name: 'any', url }, secret: null, managed: false }
            : { sink: { kind: 'webhook', name: 'any', url, secret: 'env:S' }, secret: SECRET, managed: false };
        await log.grow(3);
        let sinks = await log.open([sink]);
        for (const step of script) {
          if (step.kind === 'grow') {
            await log.grow(step.records);
            const uids = await log.uids();
            for (const index of refused) if (uids[index] !== undefined && index > 2) bad.add(uids[index]);
          } else if (step.kind === 'mishaps') receiver.queue(...step.names.map((each) => mishaps[each]));
          else {
            await sinks.close();
            sinks = await log.open([sink]);
          }
        }
        await log.grow(1);
        await expect
          .poll(async () => await sinks.deliveredUpTo(), { timeout: 60_000, interval: 2 })
          .toMatchObject({ cursors: [{ sequence: log.log.size() - 1 }] });
        const uids = await log.uids();
        const arrived = arrivals(receiver.taken, bodiesOf);
        const dead = log.dead().flatMap(({ records }) => records.map(({ uid }) => uid));
        expect(dead).toEqual([...new Set(dead)]);
        expect(dead.filter((uid) => !bad.has(uid))).toEqual([]);
        // A record that was taken before it was bad, or by a call that was kept and not answered, may be in both.
        expect([...new Set([...arrived, ...dead])].toSorted()).toEqual(uids.toSorted());
        expect(arrived).toEqual(uids.filter((uid) => arrived.includes(uid)));
        expect(log.troubles).toEqual([]);
        await sinks.close();
      },
    );
    await fc.assert(run, { numRuns: 6 });
  }, 120_000);
});
