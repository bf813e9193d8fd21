import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedSink, Sinks } from '#shared/sinks/sinks.ts';
import {
  closeMidAnswer,
  neverAnswer,
  openReceiver,
  type Receiver,
  refuse,
  reset,
  trickle,
} from '../../support/hostile-receiver.ts';
import { openSinkLog, type SinkLog } from '../../support/sink-log.ts';
import { arrivals, otlpBodies, webhookBodies } from '../../support/sink-readings.ts';

let log: SinkLog;
let receiver: Receiver;

beforeEach(async () => {
  log = await openSinkLog();
  receiver = await openReceiver();
});
afterEach(async () => {
  await log.close();
  await receiver.close();
});

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const otlp = (path = '/v1/logs'): OpenedSink => ({
  sink: { kind: 'otlp', name: 'collector', url: `${receiver.url}${path}` },
  secret: null,
  managed: false,
});
const webhook = (secret: string | null = SECRET): OpenedSink => ({
  sink: { kind: 'webhook', name: 'hook', url: `${receiver.url}/hook`, secret: 'env:HOOK' },
  secret,
  managed: true,
});
const patient = { timeout: 20_000, interval: 5 };
const isSynced = async (sinks: Sinks): Promise<void> =>
  await expect.poll(() => sinks.status().map(({ state }) => state.kind), patient).toEqual(['synced']);

describe.each([
  { name: 'otlp', opened: () => otlp(), bodiesOf: otlpBodies },
  { name: 'webhook', opened: () => webhook(), bodiesOf: webhookBodies },
])('a receiver of $name that misbehaves', ({ opened, bodiesOf }) => {
  it('has every record in the end, in order, whatever it did to the calls before', async () => {
    await log.grow(40);
    receiver.queue(
      neverAnswer(),
      neverAnswer(true),
      reset(),
      reset(true),
      closeMidAnswer(true),
      trickle(true),
      refuse(429, { 'retry-after': '99999999999' }),
      refuse(429, { 'retry-after': '-5' }),
      refuse(503, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }),
      refuse(503),
      refuse(500),
      refuse(302, { location: `${receiver.url}/elsewhere` }),
      refuse(401),
      refuse(404),
      refuse(405),
    );
    const sinks = await log.open([opened()]);
    await log.grow(30);
    await isSynced(sinks);
    expect(arrivals(receiver.taken, bodiesOf)).toEqual(await log.uids());
    expect(receiver.calls.every(({ method, path }) => method === 'POST' && path !== '/elsewhere')).toBe(true);
    expect(sinks.status()[0]?.deadLetters).toBe(0);
    expect(log.troubles).toEqual([]);
  });
});
