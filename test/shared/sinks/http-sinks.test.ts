import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { readRecord } from '#shared/audit/record-fields.ts';
import { TEST_KIND } from '#shared/sinks/test-record.ts';
import type { OpenedSink, Sinks } from '#shared/sinks/sinks.ts';
import {
  accept,
  acceptLater,
  answer,
  closeMidAnswer,
  endlessAnswer,
  neverAnswer,
  openReceiver,
  type Behaviour,
  type Receiver,
  refuse,
  reset,
  trickle,
} from '../../support/hostile-receiver.ts';
import { makeCertificate } from '../../broker/listen/certificate.ts';
import { decodeOtlpLogs } from '../../support/otlp-decoder.ts';
import { HASTY, openSinkLog, type SinkLog } from '../../support/sink-log.ts';
import { arrivals, otlpBodies, uidsOf, webhookBodies } from '../../support/sink-readings.ts';

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
const otlp = (secret: string | null = null): OpenedSink => ({
  sink: {
    kind: 'otlp',
    name: 'collector',
    url: `${receiver.url}/v1/logs`,
    ...(secret !== null && { header: { name: 'Authorization', value: 'env:TOKEN' } }),
  },
  secret,
  managed: false,
});
const webhook = (secret: string | null = SECRET): OpenedSink => ({
  sink: { kind: 'webhook', name: 'hook', url: `${receiver.url}/hook`, secret: 'env:HOOK' },
  secret,
  managed: true,
});
const patient = { timeout: 30_000, interval: 5 };
const isSynced = async (sinks: Sinks): Promise<void> => {
  await expect
    .poll(async () => await sinks.deliveredUpTo(), patient)
    .toMatchObject({ kind: 'up_to', cursors: [{ sequence: log.log.size() - 1 }] });
  await expect.poll(() => sinks.status().map(({ state }) => state.kind), patient).toEqual(['synced']);
};
const isStuck = async (sinks: Sinks, code: string, needsPerson: boolean): Promise<void> =>
  await expect.poll(() => sinks.status()[0]?.state, patient).toMatchObject({ kind: 'stuck', code, needsPerson });

const KINDS = [
  { name: 'otlp', opened: () => otlp(), bodiesOf: otlpBodies },
  { name: 'webhook', opened: () => webhook(), bodiesOf: webhookBodies },
] as const;

describe.each(KINDS)('a receiver of $name that misbehaves', ({ name, opened, bodiesOf }) => {
  it('has every record in the end, in order, whatever it did to the calls before', async () => {
    await log.grow(40);
    // To a webhook the status is the answer: who says 200 has it.
    const hanging = [neverAnswer(), neverAnswer(true), trickle(true)];
    receiver.queue(...hanging);
    const hasty = await log.open([opened()], { times: HASTY });
    const enough = name === 'webhook' ? hanging.length : hanging.length + 1;
    await expect.poll(() => receiver.calls.length, patient).toBeGreaterThanOrEqual(enough);
    await hasty.close();
    await log.grow(10);
    receiver.queue(
      reset(),
      reset(true),
      closeMidAnswer(true),
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

  it('gives up on exactly the records that it refuses for good, and takes them once it was mended', async () => {
    await log.grow(50);
    const uids = await log.uids();
    const bad = new Set([uids[0], uids[1], uids[17], uids[18], uids[49]]);
    const picky: Behaviour = (call, ...rest) =>
      bodiesOf(call).length > 16
        ? refuse(413)(call, ...rest)
        : uidsOf(bodiesOf(call)).some((uid) => bad.has(uid))
          ? refuse(422)(call, ...rest)
          : accept()(call, ...rest);
    receiver.behave(picky);
    const sinks = await log.open([opened()]);
    await isSynced(sinks);
    expect(arrivals(receiver.taken, bodiesOf)).toEqual(uids.filter((uid) => !bad.has(uid)));
    expect(log.dead().flatMap(({ records }) => records.map(({ uid }) => uid))).toEqual(
      uids.filter((uid) => bad.has(uid)),
    );
    expect(sinks.status()[0]?.deadLetters).toBe(bad.size);
    expect(await sinks.resend(opened().sink.name)).toEqual({ ok: true, value: 0 });
    receiver.behave(accept());
    expect(await sinks.resend(opened().sink.name)).toEqual({ ok: true, value: bad.size });
    expect(sinks.status()[0]?.deadLetters).toBe(0);
    expect(arrivals(receiver.taken, bodiesOf).toSorted()).toEqual([...uids].toSorted());
  });

  it('that refuses everything loses nothing by it: it is stuck and needs a person', async () => {
    await log.grow(9);
    receiver.behave(refuse(400));
    const sinks = await log.open([opened()]);
    await isStuck(sinks, 'refused', true);
    expect(await sinks.test(opened().sink.name)).toEqual({ ok: false, error: 'refused' });
    receiver.behave(accept());
    await isSynced(sinks);
    expect(arrivals(receiver.taken, bodiesOf)).toEqual(await log.uids());
    expect(log.dead()).toEqual([]);
  });

  it('holds up no other sink, and no stop', async () => {
    receiver.behave(neverAnswer());
    const other = await openReceiver();
    const good: OpenedSink = {
      ...otlp(),
      sink: { kind: 'otlp', name: 'good', url: `${other.url}/v1/logs` },
    };
    const sinks = await log.open([opened(), good], { times: { answerMs: 600_000, connectMs: 600_000 } });
    await log.grow(5);
    const uids = await log.uids();
    await expect.poll(() => arrivals(other.taken, otlpBodies), patient).toEqual(uids);
    await expect
      .poll(() => sinks.status().map(({ state }) => state), patient)
      .toEqual([{ kind: 'behind', records: 5 }, { kind: 'synced' }]);
    expect(await sinks.deliveredUpTo()).toEqual({ kind: 'nothing' });
    await sinks.close();
    await other.close();
  });
});

describe('an OTLP sink', () => {
  it('sends what a strict decoder of the protocol reads, each record as its exact bytes', async () => {
    await log.grow(2);
    const sinks = await log.open([otlp('Bearer abc')]);
    await isSynced(sinks);
    const [call] = receiver.taken;
    if (call === undefined) throw new Error('nothing came');
    const uids = await log.uids();
    expect(call.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer abc' });
    const [first] = await log.log.records({ limit: 1 });
    expect(decodeOtlpLogs(call.body)).toEqual({
      resourceLogs: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'daypass-broker' } },
              { key: 'service.version', value: { stringValue: '1.2.3' } },
            ],
          },
          scopeLogs: [
            {
              scope: { name: 'daypass.audit' },
              logRecords: [
                {
                  timeUnixNano: '1700000000001000000',
                  observedTimeUnixNano: expect.stringMatching(/^\d{13}000000$/),
                  severityNumber: 9,
                  severityText: 'Informational',
                  eventName: 'request.nudged',
                  body: { stringValue: first?.canonical },
                  attributes: [
                    { key: 'log.record.uid', value: { stringValue: uids[0] } },
                    { key: 'daypass.log', value: { stringValue: 'daypass.ledger/test' } },
                    { key: 'daypass.epoch', value: { intValue: '1' } },
                    { key: 'daypass.sequence', value: { intValue: '0' } },
                    { key: 'ocsf.class_uid', value: { intValue: '3004' } },
                    { key: 'ocsf.type_uid', value: { intValue: '300403' } },
                  ],
                },
                expect.anything(),
              ],
            },
          ],
        },
      ],
    });
    // The decoder does refuse what is not of the protocol.
    expect(() => decodeOtlpLogs(call.body.replace('"severityNumber"', '"severity"'))).toThrow(/severity/);
    expect(() => decodeOtlpLogs(call.body.replace('"intValue":"1"', '"intValue":"one"'))).toThrow(/int/);
  });

  it('takes the protocol’s own word for what was rejected, and never sends that again by itself', async () => {
    await log.grow(4);
    const uids = await log.uids();
    receiver.queue(
      accept(200, '{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old"}}'),
      accept(200, '{"partialSuccess":{"rejectedLogRecords":1}}'),
    );
    const sinks = await log.open([otlp()]);
    await expect.poll(() => sinks.status()[0]?.deadLetters, patient).toBe(4);
    await log.grow(1);
    await isSynced(sinks);
    expect(log.dead().map(({ code, records }) => [code, records.length])).toEqual([
      // Which ones it does not say.
      ['perhaps_rejected', 4],
      ['rejected', 1],
    ]);
    expect(receiver.calls.flatMap((call) => uidsOf(otlpBodies(call)))).toEqual([...uids, (await log.uids())[4]]);
  });

  it('takes nothing for delivered that no receiver of logs would say', async () => {
    await log.grow(3);
    const sinks = await log.open([otlp()]);
    await isSynced(sinks);
    const before = receiver.calls.length;
    const strange = [
      answer('<html>Please sign in</html>'),
      answer('[]'),
      answer('"ok"'),
      answer('{"partialSuccess":{"rejectedLogRecords":"-1"}}'),
      answer('{"partialSuccess":{"rejectedLogRecords":"many"}}'),
      answer('{"partialSuccess":7}'),
      endlessAnswer(),
    ];
    receiver.queue(...strange);
    await log.grow(1);
    await expect.poll(() => receiver.calls.length, patient).toBeGreaterThan(before + strange.length);
    await isSynced(sinks);
    expect(arrivals(receiver.taken, otlpBodies)).toEqual(await log.uids());
    expect(receiver.taken).toHaveLength(2);
  });

  it.each([
    ['nothing', accept(200, '')],
    ['204', accept(204)],
    ['a warning', accept(200, '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}')],
    ['fields of a later version', accept(200, '{"partialSuccess":null,"later":1}')],
  ])('takes %s for a yes', async (_name, behaviour) => {
    await log.grow(1);
    receiver.behave(behaviour);
    const sinks = await log.open([otlp()]);
    await isSynced(sinks);
    expect(receiver.calls).toHaveLength(1);
    expect(sinks.status()[0]?.deadLetters).toBe(0);
  });

  it('sends plain text to a receiver that does not know gzip', async () => {
    await log.grow(1);
    receiver.behave((call, ...rest) =>
      call.headers['content-encoding'] === 'gzip' ? refuse(415)(call, ...rest) : accept()(call, ...rest),
    );
    const sinks = await log.open([otlp()]);
    await isSynced(sinks);
    expect(receiver.calls.map(({ headers }) => headers['content-encoding'] ?? 'plain')).toEqual(['gzip', 'plain']);
  });
});

describe('a webhook sink', () => {
  it('signs as Standard Webhooks has it, with the same id in each attempt, and sends the checkpoint along', async () => {
    await log.grow(3);
    receiver.queue(refuse(503), reset(true));
    const sinks = await log.open([webhook()]);
    await isSynced(sinks);
    expect(receiver.calls).toHaveLength(3);
    const checkpoint = await log.log.checkpoint();
    const records = await log.log.records({ limit: 10 });
    for (const { body, headers } of receiver.calls) {
      expect(new Webhook(SECRET).verify(body, headers)).toEqual({
        type: 'audit.records',
        timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
        data: { log: 'daypass.ledger/test', records: records.map(({ canonical }) => canonical), checkpoint },
      });
      expect(() => new Webhook(SECRET).verify(body.replace('nudged', 'denied'), headers)).toThrow(/signature/i);
    }
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it.each([
    ['no secret', null, 'no_secret'],
    ['no secret of that form', 'hunter2', 'bad_secret'],
    ['a short one', `whsec_${Buffer.alloc(8, 1).toString('base64')}`, 'bad_secret'],
  ])('with %s sends nothing, says so, and goes on once it has one', async (_name, secret, code) => {
    await log.grow(1);
    const sinks = await log.open([webhook(secret)]);
    await isStuck(sinks, code, true);
    expect(await sinks.test('hook')).toEqual({ ok: false, error: code });
    expect(receiver.calls).toEqual([]);
    await sinks.use([webhook()]);
    await isSynced(sinks);
    expect(arrivals(receiver.taken, webhookBodies)).toEqual(await log.uids());
  });
});

describe('sinks over TLS', () => {
  const overTls = async (
    names: string,
    trusted: boolean,
  ): Promise<{ readonly sinks: Sinks; readonly secure: Receiver }> => {
    const { key, cert } = makeCertificate(log.folder, 'receiver', { names });
    const secure = await openReceiver({ key, cert });
    await log.grow(1);
    const sink = { kind: 'otlp', name: 'secure', url: `${secure.url}/v1/logs` } as const;
    const opened = { sink, secret: null, managed: false };
    return { sinks: await log.open([opened], trusted ? { authorities: [cert] } : {}), secure };
  };

  it('speak to a receiver whose certificate is trusted', async () => {
    const { sinks, secure } = await overTls('IP:127.0.0.1', true);
    await isSynced(sinks);
    expect(secure.taken).toHaveLength(1);
    await secure.close();
  });

  it.each([
    ['signed by itself, whatever the environment says', 'IP:127.0.0.1', false],
    ['for another name', 'DNS:collector.example', true],
  ])('send nothing to one whose certificate is %s', async (_name, names, trusted) => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const { sinks, secure } = await overTls(names, trusted);
      await isStuck(sinks, 'tls_failed', true);
      expect(secure.calls).toEqual([]);
      await secure.close();
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

describe('sinks over HTTP', () => {
  it('go on at their cursor under the same name and target, and begin anew at another', async () => {
    await log.grow(4);
    const sinks = await log.open([otlp()]);
    await isSynced(sinks);
    await sinks.use([]);
    expect(await sinks.deliveredUpTo()).toEqual({ kind: 'no_sinks' });
    await log.grow(2);
    await sinks.use([otlp()]);
    await isSynced(sinks);
    expect(receiver.taken.flatMap((call) => uidsOf(otlpBodies(call)))).toEqual(await log.uids());
    expect(await sinks.deliveredUpTo()).toEqual({
      kind: 'up_to',
      cursors: [{ origin: 'daypass.ledger/test', epoch: 1, sequence: 5 }],
    });
    const elsewhere = { ...otlp(), sink: { kind: 'otlp', name: 'collector', url: `${receiver.url}/v2/logs` } } as const;
    await sinks.use([elsewhere]);
    await isSynced(sinks);
    expect(
      receiver.taken.filter(({ path }) => path === '/v2/logs').flatMap((call) => uidsOf(otlpBodies(call))),
    ).toEqual(await log.uids());
  });

  it('test with a record that says so, past the queue, and say how it went', async () => {
    receiver.behave(neverAnswer());
    await log.grow(1);
    const sinks = await log.open([otlp()], { times: { answerMs: 60_000 } });
    await expect.poll(() => receiver.calls.length, patient).toBe(1);
    receiver.queue(accept(), refuse(401), accept(200, '{"partialSuccess":{"rejectedLogRecords":1}}'));
    expect(await sinks.test('collector')).toEqual({ ok: true, value: null });
    expect(await sinks.test('collector')).toEqual({ ok: false, error: 'unauthorized' });
    expect(await sinks.test('collector')).toEqual({ ok: false, error: 'rejected' });
    expect(await sinks.test('nobody')).toEqual({ ok: false, error: 'no_such_sink' });
    const tests = receiver.calls.slice(1).flatMap(otlpBodies);
    expect(tests.map((body) => readRecord(body))).toEqual([null, null, null]);
    expect(tests.every((body) => body.includes(`"event_code":"${TEST_KIND}"`))).toBe(true);
  });

  it('that two programs deliver to at once never go back, and lose nothing', async () => {
    await log.grow(2);
    const late = acceptLater();
    receiver.queue(late.behaviour);
    const one = await log.open([otlp()]);
    await expect.poll(() => receiver.calls.length, patient).toBe(1);
    const two = await log.open([otlp()]);
    await isSynced(two);
    await log.grow(3);
    await isSynced(two);
    late.answer();
    await log.grow(1);
    await isSynced(one);
    await isSynced(two);
    expect(arrivals(receiver.taken, otlpBodies)).toEqual(await log.uids());
    // Who came late did not begin again where it had been.
    const sent = receiver.taken.map((call) => uidsOf(otlpBodies(call)).length);
    expect(sent.reduce((sum, records) => sum + records, 0)).toBeLessThanOrEqual(2 + 2 + 3 + 1 + 1);
  });

  it('keep secrets to themselves', async () => {
    await log.grow(1);
    receiver.behave(refuse(401));
    const sinks = await log.open([otlp('Bearer hunter2')]);
    await isStuck(sinks, 'unauthorized', true);
    const { rows } = await log.everythingStored();
    expect(JSON.stringify([sinks.status(), log.troubles, rows])).not.toMatch(/hunter2/);
  });
});
