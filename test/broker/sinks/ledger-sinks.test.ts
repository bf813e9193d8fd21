import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecord } from '#shared/audit/record-fields.ts';
import { BASE_URL, expectOk, openEmbeddedWorld, type World } from '#test/support/broker-world.ts';
import { accept, openReceiver, type Receiver, refuse } from '#test/support/hostile-receiver.ts';
import { QUICK } from '#test/support/sink-log.ts';
import { arrivals, otlpBodies } from '#test/support/sink-readings.ts';
import { backUpStore } from '#test/support/test-store.ts';
import { CONFIG } from '#test/support/world-files.ts';

let receiver: Receiver;
let world: World;
const secrets = new Map<string, string>();

beforeEach(async () => {
  receiver = await openReceiver();
  secrets.clear();
});
afterEach(async () => {
  await world.close();
  await receiver.close();
});

const patient = { timeout: 30_000, interval: 10 };

async function open(sinks: string): Promise<void> {
  world = await openEmbeddedWorld({
    config: `${CONFIG}sinks:\n${sinks}`,
    broker: {
      sinks: { times: QUICK },
      secret: (reference) => {
        const value = secrets.get(reference);
        return value === undefined ? Promise.reject(new Error(`${reference}: not found`)) : Promise.resolve(value);
      },
    },
  });
}
const collector = (more = ''): string => `  - { kind: otlp, name: siem, url: '${receiver.url}/v1/logs'${more} }\n`;
const LOCAL = '  - { kind: file, name: local, path: trail/audit.jsonl }\n';

/** What an administrator has of the ledger, when nothing more comes. */
async function ledger(): Promise<readonly string[]> {
  const records: string[] = [];
  const accepted = { accept: 'application/jsonl' };
  for (let after = -1; ;) {
    const page = new Request(`${BASE_URL}/v1/audit/records?limit=1000&after=${after}`, { headers: accepted });
    const text = await (await world.call(page, 'lee')).text();
    if (text === '') return records;
    records.push(...text.trimEnd().split('\n'));
    after = records.length - 1;
  }
}
const kindsOf = (records: readonly string[]): readonly string[] =>
  records.map((record) => readRecord(record)?.kind ?? 'no record');
const uids = (records: readonly string[]): readonly string[] => records.map((record) => readRecord(record)?.uid ?? '');
const metrics = async (): Promise<string> =>
  await (await world.call(new Request(`${BASE_URL}/metrics`), 'warehouse')).text();

describe('the sinks of a broker', () => {
  it('have the whole ledger, from its first record to what happens now', async () => {
    await open(collector() + LOCAL);
    await world.as('ana');
    const file = join(world.folder, 'trail', 'audit.jsonl');
    await expect
      .poll(async () => {
        const all = await ledger();
        return [arrivals(receiver.taken, otlpBodies), (await readFile(file, 'utf8')).split('\n').slice(0, -1)].map(
          (found, index) => JSON.stringify(found) === JSON.stringify(index === 0 ? uids(all) : all),
        );
      }, patient)
      .toEqual([true, true]);
    expect(kindsOf(await ledger())).toContain('device.enrolled');
    const lee = await world.as('lee');
    await expect
      .poll(
        async () => expectOk(await lee.sinks()).sinks.map(({ name, state, target }) => ({ name, state, target })),
        patient,
      )
      .toEqual([
        { name: 'siem', state: { kind: 'synced' }, target: new URL(receiver.url).host },
        { name: 'local', state: { kind: 'synced' }, target: file },
      ]);
    const page = await readFile(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const named = [...(await metrics()).matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(named).toContain('daypass_sink_stuck');
    expect(named.filter((name) => !new RegExp(`^\\| \`${name}[\`{]`, 'm').test(page))).toEqual([]);
    await expect.poll(metrics, patient).toMatch(/^daypass_sink_lag_records\{sink="siem"\} 0$/m);
    expect(world.troubles).toEqual([]);
  });

  it('are on record: where the ledger goes, once for each change, without a path or a secret', async () => {
    secrets.set('env:TOKEN', 'Bearer hunter2');
    await open(collector(", header: { name: Authorization, value: 'env:TOKEN' }") + LOCAL);
    await expect.poll(() => receiver.taken.length, patient).toBeGreaterThan(0);
    expect(receiver.taken[0]?.headers['authorization']).toBe('Bearer hunter2');
    await world.stop();
    await world.start();
    const all = await ledger();
    const configured = all.filter((record) => readRecord(record)?.kind === 'sink.configured');
    expect(configured.map((record) => (JSON.parse(record) as { unmapped: { data: unknown } }).unmapped.data)).toEqual([
      {
        sinks: [
          { host: new URL(receiver.url).host, kind: 'otlp', name: 'siem' },
          { host: null, kind: 'file', name: 'local' },
        ],
      },
    ]);
    expect(JSON.stringify([all, world.troubles])).not.toContain('hunter2');
  });

  it('whose secret cannot be read is stuck alone, and goes on after a reload that finds it', async () => {
    await open(collector(", header: { name: Authorization, value: 'env:TOKEN' }") + LOCAL);
    const lee = await world.as('lee');
    const states = async () => expectOk(await lee.sinks()).sinks.map(({ state }) => state);
    await expect
      .poll(states, patient)
      .toEqual([expect.objectContaining({ kind: 'stuck', code: 'no_secret', needsPerson: true }), { kind: 'synced' }]);
    expect(await metrics()).toMatch(/^daypass_sink_stuck\{sink="siem"\} 2$/m);
    expect(expectOk(await lee.testSink('siem'))).toEqual({ code: 'no_secret' });
    secrets.set('env:TOKEN', 'Bearer fresh');
    expectOk(await lee.reloadConfiguration());
    await expect.poll(states, patient).toEqual([{ kind: 'synced' }, { kind: 'synced' }]);
    expect(receiver.taken[0]?.headers['authorization']).toBe('Bearer fresh');
    expect(world.troubles.map(({ where }) => where)).toEqual(['sinks']);
  });

  it('that refuse records do not feed on the reports of that, and take them when an administrator says so', async () => {
    await open(collector());
    const isRefused = (body: string): boolean => /"event_code":"(?:sink\.dead_lettered|device\.enrolled)"/.test(body);
    receiver.behave((call, ...rest) =>
      otlpBodies(call).some(isRefused) ? refuse(400)(call, ...rest) : accept()(call, ...rest),
    );
    const lee = await world.as('lee');
    await world.as('ana');
    const dead = async () => expectOk(await lee.sinks()).sinks[0]?.deadLetters;
    const reports = async () =>
      kindsOf(await ledger())
        .filter((kind) => kind.startsWith('sink.'))
        .toSorted();
    // Two devices, and the two reports about them; none about the reports.
    await expect.poll(dead, patient).toBe(4);
    expect(expectOk(await lee.testSink('siem'))).toEqual({ code: null });
    await expect.poll(() => kindsOf(receiver.taken.flatMap(otlpBodies)), patient).toContain('sink.test_sent');
    expect(await reports()).toEqual(['sink.configured', 'sink.dead_lettered', 'sink.dead_lettered', 'sink.test_sent']);
    expect(await metrics()).toMatch(/^daypass_sink_dead_letters\{sink="siem"\} 4$/m);
    receiver.behave(accept());
    expect(expectOk(await lee.resendSink('siem'))).toEqual({ records: 4, code: null });
    expect(await dead()).toBe(0);
    const all = uids(await ledger()).toSorted();
    await expect.poll(() => arrivals(receiver.taken, otlpBodies).toSorted(), patient).toEqual(all);
  });

  it('of a restored broker get what the backup has and they lack, and everything after it', async () => {
    await open(collector());
    await world.as('ana');
    await world.stop();
    const putBack = await backUpStore(join(world.folder, 'state', 'broker.sqlite'));
    await world.start();
    await world.as('max');
    const lost = await ledger();
    await expect.poll(() => arrivals(receiver.taken, otlpBodies), patient).toEqual(uids(lost));
    await world.stop();
    await putBack();
    receiver.behave(refuse(503));
    await world.start({ restored: true });
    const before = await ledger();
    expect(kindsOf(before)).toContain('ledger.epoch_opened');
    // Stopped while it tries, and started again: also then nothing is skipped.
    await world.stop();
    receiver.behave(accept());
    await world.start();
    await world.as('eve');
    await expect
      .poll(async () => {
        const arrived = new Set(arrivals(receiver.taken, otlpBodies));
        return uids(await ledger()).filter((uid) => !arrived.has(uid));
      }, patient)
      .toEqual([]);
    const lee = await world.as('lee');
    await expect.poll(async () => expectOk(await lee.sinks()).sinks[0]?.state, patient).toEqual({ kind: 'synced' });
  });
});
