import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { deviceSigner } from '#electron/agent/outbox/device-signer.ts';
import { readKnown } from '#electron/agent/outbox/sync-row.ts';
import { openCheckpoint, signCheckpoint } from '#shared/audit/checkpoint.ts';
import { logSigner, readPublicKey } from '#shared/audit/log-key.ts';
import { createBrokerClient } from '#shared/client/broker-client.ts';
import type { AppendBody, Cosignature } from '#shared/contracts/audit-api.ts';
import { isLedgerAlarm } from '#shared/contracts/desktop/ledger-alarms.ts';
import { problemSchema, PROBLEMS, type ProblemCode } from '#shared/contracts/problem.ts';
import { err, ok } from '#shared/domain/result.ts';
import { expectOk, openWorld, type World } from '#test/support/broker-world.ts';
import { numberedOutboxEvent } from '#test/shared/log/outbox-samples.ts';
import { appendNumbered } from './open-test-outbox.ts';
import { atBroker, kindsOf, numbersOf, openSynced, type Synced, type SyncedOptions, uidsOf } from './open-synced.ts';

let world: World;
let tests = 0;
let device = '';
const open: Synced[] = [];

beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});
/** Each test has a desktop of its own. */
beforeEach(() => {
  tests += 1;
  device = `laptop-${tests}`;
});
afterEach(closeAll);

async function openHere(options?: SyncedOptions): Promise<Synced> {
  const opened = await openSynced(world, { device, ...options });
  open.push(opened);
  return opened;
}
async function closeAll(): Promise<void> {
  for (const { close } of open.splice(0)) await close();
}

const PATIENCE = { timeout: 20_000, interval: 5 };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const becomes = (synced: Synced, kind: string): Promise<void> =>
  vi.waitFor(() => expect(synced.sync.state()).toMatchObject({ kind }), PATIENCE);
/** All that is in the log now is acknowledged. */
async function isSynced(synced: Synced): Promise<void> {
  await vi.waitFor(async () => {
    expect(synced.sync.state().kind).toBe('synced');
    expect(synced.sync.verification().cosigned?.records).toBe(await synced.outbox.records());
  }, PATIENCE);
}
/** Trees that this broker holds against a desktop. */
const forks = async (): Promise<readonly unknown[]> =>
  await world.store().read.selectFrom('desktop_forks').select(['origin', 'epoch']).execute();
const there = (): Promise<readonly string[]> => atBroker(world, device);
/** All numbers are at the broker, whatever else is said of it. */
const arrive = (count: number): Promise<void> =>
  vi.waitFor(async () => expect(numbersOf(await there())).toEqual(upTo(count)), PATIENCE);

const problem = (code: ProblemCode) =>
  problemSchema.parse({ type: `urn:daypass:problem:${code}`, code, ...PROBLEMS[code] });

describe('syncing', () => {
  it('brings every record to the broker once and in order, and says so', async () => {
    const synced = await openHere();
    await appendNumbered(synced, 0, 30);
    await isSynced(synced);
    await appendNumbered(synced, 30, 45);
    await isSynced(synced);
    expect(numbersOf(await there())).toEqual(upTo(45));
    expect(synced.sync.state()).toEqual({ kind: 'synced', atMs: world.clock.now() });
    expect(synced.sync.verification()).toMatchObject({ records: 45, cosigned: { records: 45 } });
  });

  it('sends a large backlog in as many calls as it takes', async () => {
    const calls: AppendBody[] = [];
    const synced = await openHere({
      withKey: false,
      between: (client) => ({
        ...client,
        appendAudit: (body) => {
          calls.push(body);
          return client.appendAudit(body);
        },
      }),
    });
    await synced.store.transaction(async (tx) => {
      for (const number of upTo(2500)) await synced.outbox.append(tx, numberedOutboxEvent(number));
    });
    await synced.outbox.useKey(deviceSigner(await world.deviceKey('ana', device)));
    await arrive(2500);
    expect(calls.map(({ records }) => records.length)).toEqual([1000, 1000, 500]);
  });

  it('says that it waits for the device key, and goes on when that comes', async () => {
    const synced = await openHere({ withKey: false });
    await synced.store.transaction((tx) => synced.outbox.append(tx, numberedOutboxEvent(0)));
    synced.sync.hurry();
    await vi.waitFor(
      () => expect(synced.sync.state()).toEqual({ kind: 'stuck', code: 'no_device_key', records: 1 }),
      PATIENCE,
    );
    await synced.outbox.useKey(deviceSigner(await world.deviceKey('ana', device)));
    await isSynced(synced);
    expect(numbersOf(await there())).toEqual([0]);
  });

  it('goes on after a restart where it was', async () => {
    const first = await openHere();
    await appendNumbered(first, 0, 10);
    await isSynced(first);
    await closeAll();
    const calls: number[] = [];
    const again = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: (body) => {
          calls.push(body.firstSeq);
          return client.appendAudit(body);
        },
      }),
    });
    await appendNumbered(again, 10, 12);
    await isSynced(again);
    // By its last record it asks whether that is still there.
    expect(Math.min(...calls)).toBe(9);
  });
});

describe('a network that is not kind', () => {
  it('may lose acknowledgements, double calls, deliver old ones late and fail: nothing is lost, doubled or out of order', async () => {
    let count = 0;
    const sent: AppendBody[] = [];
    const synced = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: async (body) => {
          count += 1;
          sent.push(body);
          if (count % 5 === 1) throw new Error('no route to host');
          const answer = await client.appendAudit(body);
          if (count % 5 === 2) throw new Error('the answer was lost');
          if (count % 5 === 3) await client.appendAudit(sent[Math.floor(sent.length / 2)] ?? body);
          if (count % 5 === 4) return err(problem('unavailable'));
          return answer;
        },
      }),
    });
    for (const round of upTo(12)) {
      await appendNumbered(synced, round * 5, round * 5 + 5);
      await isSynced(synced);
    }
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual(upTo(60));
    expect(new Set(uidsOf(arrived)).size).toBe(60);
    expect(synced.sync.state().kind).toBe('synced');
  });

  it('may lead to a replica that is a moment behind: no alarm while nothing new is sent', async () => {
    let behind: string | null = null;
    let answers = 0;
    const synced = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: async (body) => {
          const taken = await client.appendAudit(body);
          if (!taken.ok || behind === null) return taken;
          answers += 1;
          return ok({ next: taken.value.next, ledgerCheckpoint: behind });
        },
      }),
    });
    await appendNumbered(synced, 0, 1);
    await isSynced(synced);
    const older = expectOk(await (await world.as('ana', device)).checkpoint());
    await appendNumbered(synced, 1, 2);
    await isSynced(synced);
    behind = older;
    synced.sync.hurry();
    await vi.waitFor(() => expect(answers).toBeGreaterThan(2), PATIENCE);
    expect(synced.sync.state().kind).toBe('synced');
    behind = null;
    await appendNumbered(synced, 2, 3);
    await isSynced(synced);
  });

  it('that is down is said, with how many wait, and never given up', async () => {
    let isDown = true;
    const synced = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: (body) => (isDown ? Promise.reject(new Error('down')) : client.appendAudit(body)),
      }),
    });
    await appendNumbered(synced, 0, 3);
    await vi.waitFor(
      () => expect(synced.sync.state()).toEqual({ kind: 'stuck', code: 'unreachable', records: 3 }),
      PATIENCE,
    );
    isDown = false;
    await isSynced(synced);
  });
});

describe('a receiver that refuses', () => {
  it('this device is an alarm, on record once, and over when it is', async () => {
    let code: ProblemCode | null = 'unauthenticated';
    const synced = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: (body) => (code === null ? client.appendAudit(body) : Promise.resolve(err(problem(code)))),
      }),
    });
    await appendNumbered(synced, 0, 2);
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code: 'unauthenticated' }), PATIENCE);
    for (const _ of upTo(5)) synced.sync.hurry();
    code = null;
    await isSynced(synced);
    expect(kindsOf(await there()).filter((kind) => kind === 'sync.refused')).toHaveLength(1);
  });

  it('for a while only is no alarm', async () => {
    const synced = await openHere({
      between: (client) => ({ ...client, appendAudit: () => Promise.resolve(err(problem('rate_limited'))) }),
    });
    await appendNumbered(synced, 0, 1);
    await becomes(synced, 'stuck');
  });
});

describe('a receiver that lies', () => {
  const other = logSigner(new Uint8Array(32).fill(21));

  it.each<[string, string, (client: AuditClient) => Partial<AuditClient>]>([
    [
      'about what it took',
      'receiver_contradicts',
      () => ({
        appendAudit: (body) => Promise.resolve(ok({ next: body.firstSeq, ledgerCheckpoint: 'x' })),
      }),
    ],
    [
      'about a gap that there is not',
      'receiver_contradicts',
      () => ({
        appendAudit: () =>
          Promise.resolve(
            err({ ...problem('sequence_gap'), known: { epoch: 1, next: 0, checkpoint: null, followed: 0 } }),
          ),
      }),
    ],
    [
      'about records that this device never signed',
      'receiver_contradicts',
      () => ({
        appendAudit: (body) => {
          const note = signCheckpoint({ origin: body.origin, size: 9, root: Buffer.alloc(32) }, other);
          return Promise.resolve(
            err({ ...problem('signed_fork'), known: { epoch: 1, next: 9, checkpoint: note, followed: 0 } }),
          );
        },
      }),
    ],
    [
      'with a ledger that somebody else signed',
      'not_signed',
      (client) => ({
        appendAudit: async (body) => {
          const { next } = expectOk(await client.appendAudit(body));
          const note = signCheckpoint({ origin: 'daypass.ledger/x', size: 99, root: Buffer.alloc(32) }, other);
          return ok({ next, ledgerCheckpoint: note });
        },
      }),
    ],
    [
      'with a ledger of another key than is known',
      'another_key',
      () => ({
        ledgerKey: () => Promise.resolve(ok(other.publicKey.pem)),
      }),
    ],
  ])('%s is an alarm, and nothing of it counts', async (_what, code, lie) => {
    const { fingerprint } = readPublicKey(expectOk(await (await world.as('ana', device)).ledgerKey())) ?? {
      fingerprint: '',
    };
    const synced = await openHere({
      pin: { keyFingerprint: fingerprint },
      between: (client) => ({ ...client, ...lie(client) }),
    });
    await appendNumbered(synced, 0, 4);
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code }), PATIENCE);
    expect(synced.sync.verification().cosigned).toBeNull();
    expect(synced.outbox.log()?.epoch).toBe(1);
  });

  it.each<[string, (given: Cosignature, older: Cosignature) => Cosignature | undefined]>([
    ['nothing', () => undefined],
    ['the record of an older head', (_given, older) => older],
    [
      'a record that is not in its tree',
      (given) => ({ ...given, record: given.record.replace('"status_id":1', '"status_id":2') }),
    ],
    ['another proof', (given) => ({ ...given, proof: given.proof.slice(1) })],
  ])('and shows %s for its countersignature has cosigned nothing', async (_what, lie) => {
    let lies = false;
    let asked = 0;
    let older: Cosignature | undefined;
    const synced = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: async (body) => {
          const { cosignature: given, ...taken } = expectOk(await client.appendAudit(body));
          asked += 1;
          if (given === undefined) throw new Error('the broker shows no countersignature');
          const cosignature = lies && older !== undefined ? lie(given, older) : given;
          older ??= given;
          return ok({ ...taken, ...(cosignature !== undefined && { cosignature }) });
        },
      }),
    });
    await appendNumbered(synced, 0, 1);
    await isSynced(synced);
    lies = true;
    await appendNumbered(synced, 1, 3);
    await arrive(3);
    await vi.waitFor(
      async () => expect((await readKnown(synced.store.read, synced.outbox.log())).cursor).toBe(3),
      PATIENCE,
    );
    await synced.sync.verifyNow();
    expect(synced.sync.state().kind).toBe('synced');
    expect(synced.sync.verification().cosigned?.records).toBe(1);
    // Nothing is left to send, and nobody hurries: the proof is asked for all the same, until it comes.
    const before = asked;
    await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 5), PATIENCE);
    lies = false;
    await vi.waitFor(() => expect(synced.sync.verification().cosigned?.records).toBe(3), PATIENCE);
    expect((await readKnown(synced.store.read, synced.outbox.log())).cursor).toBe(3);
  });

  it('with what is no answer is unreachable, not believed', async () => {
    const call = (request: Request): Promise<Response> =>
      request.url.endsWith('/append') ? Promise.resolve(Response.json({ next: 'all' })) : world.call(request, 'ana');
    const deviceKey = await world.deviceKey('ana', device);
    const liar = createBrokerClient({ fetch: call, baseUrl: 'http://b.internal', deviceKey, clock: world.clock });
    const synced = await openHere({ between: () => liar });
    await appendNumbered(synced, 0, 1);
    await vi.waitFor(() => expect(synced.sync.state()).toMatchObject({ kind: 'stuck', code: 'unreachable' }), PATIENCE);
  });

  /** First an honest exchange, so that a ledger checkpoint is kept; then the lie. */
  it.each<
    [string, string, (note: { size: number; note: string; older: string }, client: AuditClient) => Partial<AuditClient>]
  >([
    [
      'an older ledger than it showed',
      'smaller',
      ({ older }, client) => ({
        appendAudit: async (body) => ok({ ...expectOk(await client.appendAudit(body)), ledgerCheckpoint: older }),
      }),
    ],
    [
      'proofs that do not hold',
      'inconsistent',
      () => ({
        consistency: () => Promise.resolve(ok({ hashes: [Buffer.alloc(32).toString('base64')] })),
      }),
    ],
    ['no proof at all', 'inconsistent', () => ({ consistency: () => Promise.resolve(err(problem('not_found'))) })],
  ])('by showing %s is an alarm that stays, is on record, and only a person ends', async (_what, code, lie) => {
    let lies: Partial<AuditClient> = {};
    const synced = await openHere({
      between: (client) => ({
        ...client,
        appendAudit: (body) => (lies.appendAudit ?? client.appendAudit)(body),
        consistency: (from, to) => (lies.consistency ?? client.consistency)(from, to),
        ledgerKey: () => (lies.ledgerKey ?? client.ledgerKey)(),
      }),
    });
    const client = await world.as('ana', device);
    await appendNumbered(synced, 0, 1);
    await isSynced(synced);
    const older = expectOk(await client.checkpoint());
    await appendNumbered(synced, 1, 2);
    await isSynced(synced);
    const cosigned = synced.sync.verification().cosigned?.records;
    lies = lie({ size: 0, note: '', older }, client);
    await appendNumbered(synced, 2, 4);
    await vi.waitFor(() => expect(synced.sync.state()).toEqual({ kind: 'alarm', code }), PATIENCE);
    lies = {};
    await appendNumbered(synced, 4, 6);
    await arrive(6);
    await vi.waitFor(
      async () => expect(kindsOf(await there()).filter((kind) => kind === 'checkpoint.regressed')).toHaveLength(1),
      PATIENCE,
    );
    expect(synced.sync.state()).toEqual({ kind: 'alarm', code });
    expect(synced.sync.verification().cosigned?.records).toBe(cosigned);
    expect(isLedgerAlarm(code)).toBe(true);
    lies = { ledgerKey: () => Promise.reject(new Error('gone')) };
    expect(await synced.sync.acceptLedger()).toEqual(err('unreachable'));
    lies = {};
    expect(await synced.sync.acceptLedger()).toEqual(ok(null));
    await isSynced(synced);
    expect(kindsOf(await there())).toContain('checkpoint.accepted');
    expect(await synced.sync.acceptLedger()).toEqual(err('no_alarm'));
  });
});

describe('a broker that was put back to an older state', () => {
  it('is given what it lost, and is an alarm', async () => {
    const synced = await openHere();
    await appendNumbered(synced, 0, 10);
    await isSynced(synced);
    const file = join(world.folder, 'state', 'broker.sqlite');
    await world.stop();
    copyFileSync(file, `${file}.backup`);
    await world.start();
    await appendNumbered(synced, 10, 20);
    await isSynced(synced);
    await world.stop();
    copyFileSync(`${file}.backup`, file);
    await world.start();
    await appendNumbered(synced, 20, 25);
    await arrive(25);
    await becomes(synced, 'alarm');
    await synced.sync.acceptLedger();
    await isSynced(synced);
    expect(new Set(uidsOf(await there())).size).toBe((await there()).length);
    expect(synced.outbox.log()?.epoch).toBe(1);
  });
});

describe('a desktop that was put back to an older state', () => {
  const path = (): string => join(world.folder, `${device}.db`);
  const backUp = async (synced: Synced): Promise<void> => {
    await synced.close();
    open.splice(open.indexOf(synced), 1);
    copyFileSync(path(), `${path()}.backup`);
  };
  const restore = async (synced: Synced): Promise<void> => {
    await synced.close();
    open.splice(open.indexOf(synced), 1);
    copyFileSync(`${path()}.backup`, path());
  };

  it('goes on in a new epoch that names what the broker has; nothing is lost or doubled', async () => {
    const first = await openHere();
    await appendNumbered(first, 0, 10);
    await isSynced(first);
    await backUp(first);
    const second = await openHere();
    await appendNumbered(second, 10, 20);
    await isSynced(second);
    await restore(second);
    const third = await openHere();
    await appendNumbered(third, 20, 25);
    await isSynced(third);
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual(upTo(25));
    expect(new Set(uidsOf(arrived)).size).toBe(arrived.length);
    expect(kindsOf(arrived).filter((kind) => kind === 'epoch.opened')).toHaveLength(1);
    expect(third.outbox.log()?.epoch).toBe(2);
    expect(await third.sync.verifyNow()).toMatchObject({ result: 'verified', records: 6 });
  });

  it.each([
    ['with nothing to say', 0],
    ['having written less since than it lost', 4],
    ['having written more since than it lost', 30],
  ])('%s finds it out before it sends, and signs no fork', async (_what, more) => {
    const first = await openHere();
    await appendNumbered(first, 0, 10);
    await isSynced(first);
    await backUp(first);
    const second = await openHere();
    await appendNumbered(second, 10, 20);
    await isSynced(second);
    await restore(second);
    const away = await openHere({ client: null });
    await appendNumbered(away, 20, 20 + more);
    await away.close();
    open.pop();
    const third = await openHere();
    await vi.waitFor(() => expect(third.outbox.log()?.epoch).toBe(2), PATIENCE);
    await isSynced(third);
    expect(await third.outbox.records()).toBe(1 + more);
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual(upTo(20 + more));
    expect(new Set(uidsOf(arrived)).size).toBe(arrived.length);
    // The same once more, from before the new epoch.
    await restore(third);
    const fourth = await openHere();
    await vi.waitFor(() => expect(fourth.outbox.log()?.epoch).toBe(3), PATIENCE);
    await isSynced(fourth);
    expect(await forks()).toEqual([]);
  });

  it('carries over what was waiting when it was backed up, and not what came through since', async () => {
    let isDown = false;
    const between = (client: AuditClient): AuditClient => ({
      ...client,
      appendAudit: (body) => (isDown ? Promise.reject(new Error('down')) : client.appendAudit(body)),
    });
    const first = await openHere({ between });
    await appendNumbered(first, 0, 5);
    await isSynced(first);
    isDown = true;
    await appendNumbered(first, 5, 8);
    await becomes(first, 'stuck');
    await backUp(first);
    isDown = false;
    const second = await openHere({ between });
    await isSynced(second);
    await appendNumbered(second, 8, 9);
    await isSynced(second);
    await restore(second);
    isDown = true;
    const third = await openHere({ between });
    await appendNumbered(third, 20, 22);
    isDown = false;
    third.sync.hurry();
    await isSynced(third);
    const arrived = await there();
    expect(numbersOf(arrived)).toEqual([...upTo(9), 20, 21]);
    expect(new Set(uidsOf(arrived)).size).toBe(arrived.length);
  });
});

describe('a full backlog', () => {
  it('stops new grants and drops nothing; once it is sent, grants go on', async () => {
    let isDown = true;
    const synced = await openHere({
      mostWaiting: 10,
      between: (client) => ({
        ...client,
        appendAudit: (body) => (isDown ? Promise.reject(new Error('down')) : client.appendAudit(body)),
      }),
    });
    await appendNumbered(synced, 0, 9);
    expect(await synced.sync.canRecordGrant()).toBe(true);
    await appendNumbered(synced, 9, 14);
    expect(await synced.sync.canRecordGrant()).toBe(false);
    isDown = false;
    await isSynced(synced);
    expect(await synced.sync.canRecordGrant()).toBe(true);
    expect(numbersOf(await there())).toEqual(upTo(14));
  });

  it('counts what waits for the device key too', async () => {
    const synced = await openHere({ withKey: false, mostWaiting: 3 });
    await synced.store.transaction(async (tx) => {
      for (const number of upTo(3)) await synced.outbox.append(tx, numberedOutboxEvent(number));
    });
    expect(await synced.sync.canRecordGrant()).toBe(false);
  });
});

describe('verifyNow', () => {
  it('tells that the log holds and when that was, also after a restart', async () => {
    const synced = await openHere();
    await synced.store.transaction(async (tx) => {
      for (const number of upTo(2100)) await synced.outbox.append(tx, numberedOutboxEvent(number));
    });
    await synced.outbox.log()?.settled();
    expect(synced.sync.verification()).toMatchObject({ result: 'not_yet', verifiedAtMs: null });
    expect(await synced.sync.verifyNow()).toMatchObject({
      result: 'verified',
      records: 2100,
      verifiedAtMs: world.clock.now(),
      code: null,
    });
    await isSynced(synced);
    await closeAll();
    const then = { verifiedAtMs: world.clock.now(), verifiedRecords: 2100, cosigned: { records: 2100 } };
    expect((await openHere()).sync.verification()).toMatchObject({ result: 'outdated', ...then });
  });

  it('holds for the records of then, and no longer once there are more', async () => {
    const synced = await openHere();
    await appendNumbered(synced, 0, 3);
    expect(await synced.sync.verifyNow()).toMatchObject({ result: 'verified', records: 3 });
    await appendNumbered(synced, 3, 4);
    await isSynced(synced);
    const { sync } = synced;
    expect(sync.verification()).toMatchObject({ result: 'outdated', records: 4, verifiedRecords: 3 });
    expect(await sync.verifyNow()).toMatchObject({ result: 'verified', records: 4, verifiedRecords: 4 });
  });

  it('calls nothing cosigned by a broker that belongs to the same person', async () => {
    const synced = await openHere({ ownReceiver: true });
    await appendNumbered(synced, 0, 3);
    await vi.waitFor(
      async () => expect((await readKnown(synced.store.read, synced.outbox.log())).cosigned?.records).toBe(3),
      PATIENCE,
    );
    await synced.sync.verifyNow();
    expect(synced.sync.verification()).toMatchObject({ records: 3, cosigned: null, selfAttested: true });
  });

  it.each([
    [
      'a record was changed',
      "update outbox_records set canonical = replace(canonical, 'crd_3', 'crd_4') where sequence = 3",
      'root_differs',
    ],
    [
      'a record was moved',
      'update outbox_records set canonical = (select canonical from outbox_records where sequence = 4) where sequence = 3',
      'bad_record',
    ],
    ['a record is gone', 'delete from outbox_records where sequence = 7', 'records_missing'],
  ])('notices that %s', async (_what, edit, code) => {
    const synced = await openHere();
    await appendNumbered(synced, 0, 8);
    await isSynced(synced);
    const raw = new DatabaseSync(join(world.folder, `${device}.db`));
    raw.exec(edit);
    raw.close();
    expect(await synced.sync.verifyNow()).toMatchObject({ result: 'failed', code });
  });
});

describe('the ledger', () => {
  it('has the desktop’s head on record under the checkpoint that the desktop keeps', async () => {
    const synced = await openHere();
    await appendNumbered(synced, 0, 3);
    await isSynced(synced);
    const { ledger } = await readKnown(synced.store.read, synced.outbox.log());
    const key = readPublicKey(ledger?.key ?? '');
    const kept = key === null ? null : openCheckpoint(ledger?.checkpoint ?? '', key);
    expect(kept).toMatchObject({ ok: true, value: { origin: world.broker().ledger.origin } });
  });
});
