import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ManagedSinksPort } from '#electron/agent/sinks/sinks-port.ts';
import type { NewSink } from '#shared/contracts/desktop/sinks.ts';
import { sinkSchema } from '#shared/contracts/sinks.ts';
import { readRecord } from '#shared/audit/record-fields.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { StoreError } from '#shared/store/store-error.ts';
import { accept, openReceiver, type Receiver, refuse } from '#test/support/hostile-receiver.ts';
import { otlpBodies, uidsOf, webhookBodies } from '#test/support/sink-readings.ts';
import {
  cardIs,
  type DeskMachine,
  onDisk,
  openDeskMachine,
  PATIENT,
  startDesk,
  type TestDesk,
} from './open-test-desk.ts';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const TOKEN = 'Bearer canary-of-a-collector-0123456789';

let machine: DeskMachine;
let receiver: Receiver;
let desk: TestDesk;

beforeEach(async () => {
  machine = openDeskMachine();
  receiver = await openReceiver();
  desk = await startDesk(machine);
});
afterEach(async () => {
  await desk.close();
  await receiver.close();
  machine.dispose();
});

async function restart(managed?: ManagedSinksPort): Promise<void> {
  await desk.close();
  desk = await startDesk(machine, managed);
}

const webhook = (name = 'siem', secret = SECRET): NewSink => ({
  kind: 'webhook',
  name,
  url: `${receiver.url}/hook/path-with-a-token`,
  secret,
});
const collector = (): NewSink => ({
  kind: 'otlp',
  name: 'collector',
  url: `${receiver.url}/v1/logs`,
  header: { name: 'Authorization', value: TOKEN },
});
const file = (name = 'copy'): NewSink => ({ kind: 'file', name, folder: machine.folder });

const done = { ok: true, value: null };
const refused = (error: unknown) => ({ ok: false, error });
const synced = { state: { kind: 'synced' } };

type Fact = { readonly kind: string; readonly actor: string; readonly data: unknown };

/** What is on record about sinks, in order. */
async function facts(): Promise<readonly Fact[]> {
  return (await desk.records()).flatMap((record) => {
    const { kind = '', actor = '' } = readRecord(record) ?? {};
    const { unmapped } = JSON.parse(record) as { unmapped: { data: unknown } };
    return kind.startsWith('sink.') ? [{ kind, actor, data: unmapped.data }] : [];
  });
}

async function uidsInLog(): Promise<readonly string[]> {
  return uidsOf(await desk.records());
}

describe('a sink of the person', () => {
  it('has every record, from the first one on, and goes on there after a restart', async () => {
    await desk.grow(0, 5);
    expect(await desk.sinks.add(webhook(), 'sub_ana', false)).toEqual(done);
    await desk.grow(5, 8);
    await cardIs(desk, 'siem', { ...synced, managed: false, hasSecret: true, needsLook: false, deadLetters: 0 });
    expect(receiver.taken.flatMap((call) => uidsOf(webhookBodies(call)))).toEqual(await uidsInLog());
    expect(receiver.taken.every(({ headers }) => headers['webhook-signature']?.startsWith('v1,') === true)).toBe(true);
    await restart();
    await desk.grow(8, 10);
    await expect
      .poll(() => receiver.taken.flatMap((call) => uidsOf(webhookBodies(call))), PATIENT)
      .toEqual(await uidsInLog());
    expect(await facts()).toEqual([
      {
        kind: 'sink.added',
        actor: 'sub_ana',
        data: { name: 'siem', sink: 'webhook', host: '127.0.0.1', by: 'person' },
      },
    ]);
  });

  it('leaves its secret in the keychain and nowhere else, whatever goes wrong', async () => {
    receiver.behave(refuse(401));
    await desk.sinks.add(webhook(), 'sub_ana', false);
    await desk.sinks.add(collector(), 'sub_ana', false);
    await desk.grow(0, 2);
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'unauthorized' } });
    await cardIs(desk, 'collector', { state: { kind: 'stuck', code: 'unauthorized' } });
    expect(await desk.sinks.test('collector', 'sub_ana')).toEqual({
      ok: true,
      value: { result: 'failed', code: 'unauthorized' },
    });
    expect([...machine.keychain.items.values()].map(String).toSorted()).toEqual([TOKEN, SECRET]);
    expect([...machine.keychain.items.keys()].every((name) => /^sink:[\w-]{22}$/.test(name))).toBe(true);
    const everywhere = [onDisk(machine), machine.said.join('\n'), JSON.stringify(desk.sinks.cards())].join('\n');
    for (const secret of [SECRET, TOKEN, SECRET.slice(6), 'canary-of-a-collector'])
      expect(everywhere).not.toContain(secret);
    // Nor is the path of an address, which may have a token, in the log or before people's eyes.
    expect((await desk.records()).join('\n')).not.toContain('path-with-a-token');
    expect(JSON.stringify(desk.sinks.cards())).not.toContain('path-with-a-token');
  });

  it('asks the person to look once it has been stuck for a while, and another secret mends it where it stopped', async () => {
    await desk.sinks.add(collector(), 'sub_ana', false);
    await cardIs(desk, 'collector', synced);
    receiver.behave((call, response, socket) =>
      (call.headers['authorization'] === TOKEN ? refuse(403) : accept())(call, response, socket),
    );
    await desk.grow(0, 3);
    await cardIs(desk, 'collector', { state: { kind: 'stuck', code: 'unauthorized', records: 3 }, needsLook: false });
    let told = 0;
    desk.sinks.subscribe(() => (told += 1));
    machine.timers.pass(3 * MINUTE_MS + SECOND_MS);
    await cardIs(desk, 'collector', { needsLook: true });
    expect(told).toBeGreaterThan(0);
    const before = [...machine.keychain.items.keys()];
    expect(await desk.sinks.setSecret('collector', 'two\nlines', 'sub_ana', false)).toEqual(refused('bad_secret'));
    expect(await desk.sinks.setSecret('collector', 'Bearer another', 'sub_ana', false)).toEqual(done);
    await cardIs(desk, 'collector', { ...synced, needsLook: false });
    expect([...new Set(receiver.taken.flatMap((call) => uidsOf(otlpBodies(call))))]).toEqual(await uidsInLog());
    expect([...machine.keychain.items.keys()]).not.toContain(before[0]);
    expect((await facts()).at(-1)).toMatchObject({ kind: 'sink.changed', data: { host: '127.0.0.1', by: 'person' } });
  });

  it('writes into a folder by its own name: exactly the records, one a line', async () => {
    const link = path.join(machine.folder, 'link');
    const folder = path.join(machine.folder, 'real');
    mkdirSync(folder);
    symlinkSync(folder, link);
    expect(await desk.sinks.add({ kind: 'file', name: 'copy', folder: link }, 'desktop', false)).toEqual(done);
    await desk.grow(0, 4);
    await cardIs(desk, 'copy', { ...synced, target: path.join(folder, 'daypass-copy.jsonl'), hasSecret: false });
    const lines = readFileSync(path.join(folder, 'daypass-copy.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toEqual(await desk.records());
    expect((await facts())[0]).toMatchObject({ actor: 'desktop', data: { sink: 'file', host: null } });
  });

  it('is refused with the reason, and then nothing of it is left', async () => {
    writeFileSync(path.join(machine.folder, 'daypass-there.jsonl'), 'of somebody else\n');
    expect(await desk.sinks.add(file('there'), 'desktop', false)).toEqual(refused('file_exists'));
    const nowhere: NewSink = { kind: 'file', name: 'copy', folder: path.join(machine.folder, 'none') };
    expect(await desk.sinks.add(nowhere, 'desktop', false)).toEqual(refused('not_a_folder'));
    expect(await desk.sinks.add({ ...nowhere, folder: '.' }, 'desktop', false)).toEqual(refused('not_a_folder'));
    expect(await desk.sinks.setSecret('none', SECRET, 'desktop', false)).toEqual(refused('not_known'));
    machine.keychain.problem = 'locked';
    expect(await desk.sinks.add(webhook(), 'desktop', false)).toEqual(refused({ keychain: 'locked' }));
    machine.keychain.problem = null;
    expect(await desk.sinks.add(file(), 'desktop', false)).toEqual(done);
    expect(await desk.sinks.setSecret('copy', SECRET, 'desktop', false)).toEqual(refused('no_secret'));
    expect(await desk.sinks.add(webhook('copy'), 'desktop', false)).toEqual(refused('name_taken'));
    for (let number = 2; number <= 8; number += 1)
      expect(await desk.sinks.add(file(`copy-${number}`), 'desktop', false)).toEqual(done);
    expect(await desk.sinks.add(file('copy-9'), 'desktop', false)).toEqual(refused('too_many'));
    expect(machine.keychain.items.size).toBe(0);
    expect(desk.sinks.cards()).toHaveLength(8);
  });

  it('is not there, nor its secret, when the disk did not take it', async () => {
    await desk.close();
    const full = new StoreError('disk_full', 'no room', null);
    let isFull = false;
    desk = await startDesk(machine);
    const { transaction } = desk.store;
    // The disk is full from now on.
    Object.assign(desk.store, {
      transaction: async (work: Parameters<typeof transaction>[0]) => {
        if (isFull) throw full;
        return await transaction(work);
      },
    });
    isFull = true;
    expect(await desk.sinks.add(webhook(), 'desktop', false)).toEqual(refused('not_saved'));
    isFull = false;
    expect(desk.sinks.cards()).toEqual([]);
    expect(machine.keychain.items.size).toBe(0);
    expect(await desk.sinks.add(webhook(), 'desktop', false)).toEqual(done);
  });

  it('goes with its secret, on record; a locked keychain gives the secret up later', async () => {
    await desk.sinks.add(webhook(), 'sub_ana', false);
    await cardIs(desk, 'siem', synced);
    machine.keychain.problem = 'locked';
    expect(await desk.sinks.remove('siem', 'sub_jo')).toEqual(done);
    expect(desk.sinks.cards()).toEqual([]);
    expect(machine.keychain.items.size).toBe(1);
    machine.keychain.problem = null;
    machine.timers.pass(MINUTE_MS);
    await expect.poll(() => machine.keychain.items.size, PATIENT).toBe(0);
    expect(await facts()).toMatchObject([{ kind: 'sink.added' }, { kind: 'sink.removed', actor: 'sub_jo' }]);
    const calls = receiver.calls.length;
    await desk.grow(0, 2);
    await restart();
    expect(desk.sinks.cards()).toEqual([]);
    expect(receiver.calls).toHaveLength(calls);
  });

  it('tells what it refused for good once on record, and sends it again when asked', async () => {
    await desk.sinks.add(collector(), 'sub_ana', false);
    await cardIs(desk, 'collector', synced);
    const isBad = (body: string): boolean => body.includes('"crd_1"') || body.includes('sink.dead_letters');
    receiver.behave((call, response, socket) =>
      (otlpBodies(call).some(isBad) ? refuse(400) : accept())(call, response, socket),
    );
    await desk.grow(0, 3);
    // The record of the refusal is refused as well: that is no reason for another one.
    await cardIs(desk, 'collector', { ...synced, deadLetters: 2, needsLook: true });
    await restart();
    await cardIs(desk, 'collector', { ...synced, deadLetters: 2 });
    expect((await facts()).filter(({ kind }) => kind === 'sink.dead_letters')).toEqual([
      { kind: 'sink.dead_letters', actor: 'desktop', data: { name: 'collector', records: 1 } },
    ]);
    receiver.behave(accept());
    expect(await desk.sinks.resend('collector', 'sub_ana')).toEqual({ ok: true, value: 2 });
    await cardIs(desk, 'collector', { ...synced, deadLetters: 0, needsLook: false });
    expect(await desk.sinks.resend('none', 'sub_ana')).toEqual(refused('not_known'));
    expect((await facts()).at(-1)).toEqual({
      kind: 'sink.resent',
      actor: 'sub_ana',
      data: { name: 'collector', records: 2 },
    });
    await expect
      .poll(() => [...new Set(receiver.taken.flatMap((call) => uidsOf(otlpBodies(call))))].toSorted(), PATIENT)
      .toEqual((await uidsInLog()).toSorted());
  });

  it('answers a test in full, and what came of it is on record', async () => {
    await desk.sinks.add(webhook(), 'sub_ana', false);
    expect(await desk.sinks.test('siem', 'sub_ana')).toEqual({ ok: true, value: { result: 'accepted', code: null } });
    await receiver.close();
    expect(await desk.sinks.test('siem', 'sub_ana')).toEqual({
      ok: true,
      value: { result: 'failed', code: 'unreachable' },
    });
    expect(await desk.sinks.test('none', 'sub_ana')).toEqual(refused('not_known'));
    const tests = (await facts()).filter(({ kind }) => kind === 'sink.tested');
    expect(tests.map(({ data }) => data)).toEqual([
      { name: 'siem', code: null },
      { name: 'siem', code: 'unreachable' },
    ]);
  });
});

describe('the keychain', () => {
  it('that is locked makes a sink wait and say so, and asks nobody; unlocked, it goes on by itself', async () => {
    await desk.sinks.add(webhook(), 'desktop', false);
    await cardIs(desk, 'siem', synced);
    machine.keychain.problem = 'locked';
    await restart();
    await desk.grow(0, 2);
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_locked', needsPerson: true } });
    expect(await desk.sinks.test('siem', 'desktop')).toMatchObject({ value: { code: 'secret_locked' } });
    const reads = machine.keychain.calls.filter(({ call }) => call === 'get').length;
    machine.timers.pass(MINUTE_MS);
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_locked' } });
    // Only a person's click may bring up the system's question.
    expect(machine.keychain.calls.filter(({ call }) => call === 'get')).toHaveLength(reads);
    await desk.sinks.retry();
    expect(machine.keychain.calls.filter(({ call }) => call === 'get').length).toBeGreaterThan(reads);
    machine.keychain.problem = null;
    machine.timers.pass(MINUTE_MS);
    await cardIs(desk, 'siem', synced);
    await expect
      .poll(() => [...new Set(receiver.taken.flatMap((call) => uidsOf(webhookBodies(call))))], PATIENT)
      .toEqual(await uidsInLog());
  });

  it('that is not there holds the secret in memory if the person agreed, and says after a restart that it is gone', async () => {
    machine.keychain.problem = 'none';
    expect(await desk.sinks.add(webhook(), 'desktop', false)).toEqual(refused({ keychain: 'none' }));
    expect(await desk.sinks.add(webhook(), 'desktop', true)).toEqual(done);
    await cardIs(desk, 'siem', synced);
    await restart();
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_none', needsPerson: true } });
    expect(await desk.sinks.setSecret('siem', OTHER_SECRET, 'desktop', true)).toEqual(done);
    await cardIs(desk, 'siem', synced);
    expect(onDisk(machine)).not.toContain(OTHER_SECRET.slice(6));
  });

  it('that lost the secret is no keychain that cannot be read', async () => {
    await desk.sinks.add(webhook(), 'desktop', false);
    machine.keychain.items.clear();
    await restart();
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_gone' } });
    machine.keychain.problem = 'failed';
    machine.timers.pass(MINUTE_MS);
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_failed' } });
  });

  it('is rid at the start of secrets that no sink names, as after a crash, and of no others', async () => {
    await desk.sinks.add(webhook(), 'desktop', false);
    const [mine] = machine.keychain.items.keys();
    machine.keychain.items.set('sink:AAAAAAAAAAAAAAAAAAAAAA', Buffer.from('of a sink that was never saved'));
    machine.keychain.items.set('copy:col_1', Buffer.from('a token'));
    await restart();
    await expect.poll(() => [...machine.keychain.items.keys()].toSorted(), PATIENT).toEqual(['copy:col_1', mine]);
  });
});

describe('a sink of the organisation', () => {
  const secretFile = '/etc/daypass/siem.secret';
  const managed = (over: Partial<ManagedSinksPort> = {}): ManagedSinksPort => ({
    sinks: [
      sinkSchema.parse({ kind: 'webhook', name: 'siem', url: `${receiver.url}/hook`, secret: `file:${secretFile}` }),
    ],
    readSecret: (place) => (place === secretFile ? SECRET : null),
    ...over,
  });

  it('is used, shown as theirs, on record once, and no person changes, removes or shadows it', async () => {
    await restart(managed());
    await cardIs(desk, 'siem', { ...synced, managed: true });
    for (const wrong of [
      await desk.sinks.remove('siem', 'sub_ana'),
      await desk.sinks.setSecret('siem', OTHER_SECRET, 'sub_ana', false),
    ])
      expect(wrong).toEqual(refused('managed'));
    expect(await desk.sinks.add(webhook('siem'), 'sub_ana', false)).toEqual(refused('name_taken'));
    expect(await desk.sinks.test('siem', 'sub_ana')).toMatchObject({ value: { result: 'accepted' } });
    await restart(managed());
    await cardIs(desk, 'siem', synced);
    await restart({ sinks: [], readSecret: () => null });
    await expect.poll(() => desk.sinks.cards(), PATIENT).toEqual([]);
    await expect
      .poll(async () => (await facts()).map(({ kind }) => kind), PATIENT)
      .toEqual(['sink.added', 'sink.tested', 'sink.removed']);
    expect((await facts()).map(({ data }) => data)).toMatchObject([{ by: 'organisation' }, {}, { by: 'organisation' }]);
    expect(machine.keychain.items.size).toBe(0);
  });

  it('takes the name from a person’s, whose secret goes', async () => {
    await desk.sinks.add(webhook(), 'sub_ana', false);
    await restart(managed());
    await cardIs(desk, 'siem', { ...synced, managed: true });
    expect(desk.sinks.cards()).toHaveLength(1);
    await expect.poll(() => machine.keychain.items.size, PATIENT).toBe(0);
    expect((await facts()).map(({ kind, data }) => [kind, (data as { by: string }).by])).toEqual([
      ['sink.added', 'person'],
      ['sink.removed', 'organisation'],
      ['sink.added', 'organisation'],
    ]);
  });

  it('says so when its file is not to be believed, and goes on once it is', async () => {
    let isBelieved = false;
    await restart(managed({ readSecret: () => (isBelieved ? SECRET : null) }));
    await desk.grow(0, 1);
    await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_file' } });
    isBelieved = true;
    machine.timers.pass(MINUTE_MS);
    await cardIs(desk, 'siem', synced);
  });
});

it('reaches nothing else in the keychain, whatever somebody wrote into its table', async () => {
  const { name, url } = webhook() as { name: string; url: string };
  const value = JSON.stringify({ kind: 'webhook', name, url, secret: 'keychain:copy:col_1' });
  machine.keychain.items.set('copy:col_1', Buffer.from(SECRET));
  await desk.store.transaction(
    async (tx) => void (await tx.insertInto('desk_sinks').values({ name, managed: 0, value, told: 0 }).execute()),
  );
  await restart();
  await cardIs(desk, 'siem', { state: { kind: 'stuck', code: 'secret_gone' } });
  expect(await desk.sinks.remove('siem', 'desktop')).toEqual(done);
  expect([...machine.keychain.items.keys()]).toEqual(['copy:col_1']);
  expect(receiver.calls).toEqual([]);
});

it('keeps nothing of a sink that this version does not understand from working, and leaves it alone', async () => {
  await desk.sinks.add(webhook(), 'desktop', false);
  const stranger = { name: 'later', managed: 0 as const, value: '{"kind":"pigeon"}', told: 0 as const };
  await desk.store.transaction(async (tx) => void (await tx.insertInto('desk_sinks').values(stranger).execute()));
  machine.keychain.items.set('sink:of-the-later-one', Buffer.from('its secret'));
  await restart();
  await cardIs(desk, 'siem', synced);
  expect(desk.sinks.cards()).toHaveLength(1);
  await desk.close();
  desk = await startDesk(machine);
  expect(machine.keychain.items.has('sink:of-the-later-one')).toBe(true);
  expect(existsSync(machine.folder)).toBe(true);
});
