// A desktop that lost its key, and answers of the broker on the way: what follows in the log of the new key is what the
// broker lacks, once, whichever answer was lost and however late a call of the old key comes.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { AuditClient } from '#electron/agent/outbox/audit-client.ts';
import { nextBatch } from '#electron/agent/outbox/batch.ts';
import { carryLost } from '#electron/agent/outbox/carry-lost.ts';
import type { AppendBody } from '#shared/contracts/audit-api.ts';
import { PROBLEMS, problemSchema } from '#shared/contracts/problem.ts';
import { err } from '#shared/domain/result.ts';
import { openWorld } from '#test/support/broker-world.ts';
import { atBroker, numbersOf, openSynced, type Synced, uidsOf } from './open-synced.ts';
import { appendNumbered } from './open-test-outbox.ts';

const PATIENCE = { timeout: 60_000, interval: 5 };
const UNREACHABLE = problemSchema.parse({ type: 'x', code: 'unavailable', ...PROBLEMS.unavailable });
const world = await openWorld();
afterAll(world.close);

type Network = {
  /** Whether the answer to the append of this number (from 0, of this key) is lost. */
  loses: (append: number) => boolean;
  /** It says nothing of what it has. */
  isMute: boolean;
  readonly sent: AppendBody[];
};

const network = (over: Partial<Network> = {}): Network => ({ loses: () => false, isMute: false, sent: [], ...over });

async function openDesk(device: string, file: string, net = network(), user = 'ana'): Promise<Synced> {
  const between = (client: AuditClient): AuditClient => ({
    ...client,
    appendAudit: async (body) => {
      const number = net.sent.push(body) - 1;
      const answer = await client.appendAudit(body);
      return net.loses(number) ? err(UNREACHABLE) : answer;
    },
    records: async (query) => (net.isMute ? err(UNREACHABLE) : await client.records(query)),
  });
  const synced = await openSynced(world, { device, file, between, user });
  onTestFinished(synced.close);
  return synced;
}

/** Numbers 0 to 4 are at the broker, which is known of the first three only; 5 and 6 never left. */
async function loseKey(name: string): Promise<{ readonly file: string }> {
  const file = `${name}.db`;
  const before = await openDesk(`${name}-a`, file);
  await appendNumbered(before, 0, 3);
  await isSynced(before);
  await before.close();
  // It hears that what it sent before is still there, and nothing more.
  const last = await openDesk(`${name}-a`, file, network({ loses: (append) => append > 0 }));
  await appendNumbered(last, 3, 5);
  await vi.waitFor(
    async () => expect(numbersOf(await atBroker(world, `${name}-a`))).toEqual([0, 1, 2, 3, 4]),
    PATIENCE,
  );
  await last.sync.close();
  await appendNumbered(last, 5, 7);
  await last.close();
  return { file };
}

async function isSynced({ sync, outbox }: Synced): Promise<void> {
  await vi.waitFor(async () => {
    sync.hurry();
    expect(sync.state().kind).toBe('synced');
    expect(sync.verification().cosigned?.records).toBe(await outbox.records());
  }, PATIENCE);
}

/** Under both keys: each once. */
async function hasOnce(name: string, numbers: readonly number[]): Promise<void> {
  const records = [...(await atBroker(world, `${name}-a`)), ...(await atBroker(world, `${name}-b`))];
  expect(numbersOf(records).toSorted((a, b) => a - b)).toEqual(numbers);
  expect(uidsOf(records)).toHaveLength(new Set(uidsOf(records)).size);
}

describe('after a lost key', () => {
  it.each([
    ['no other answer', (): boolean => false],
    ['the answer to the first record of the new log', (append: number): boolean => append === 0],
    ['the answer to what followed', (append: number): boolean => append === 1],
    ['each first answer', (append: number): boolean => append % 2 === 0],
  ])('what the broker lacks comes once, though it lost the last acknowledgement and %s', async (what, loses) => {
    const name = `once ${what}`;
    const { file } = await loseKey(name);
    const after = await openDesk(`${name}-b`, file, network({ loses }));
    await appendNumbered(after, 7, 9);
    await isSynced(after);
    await hasOnce(name, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await after.outbox.records()).toBe(1 + 4);
  });

  it('what may be missing waits, counted and never said to be synced, until the broker says what it has', async () => {
    const { file } = await loseKey('mute');
    const net = network({ isMute: true });
    const after = await openDesk('mute-b', file, net);
    await appendNumbered(after, 7, 8);
    await vi.waitFor(() => expect(net.sent.length).toBeGreaterThan(0), PATIENCE);
    await vi.waitFor(() => {
      after.sync.hurry();
      expect(after.sync.state()).toMatchObject({ kind: 'stuck', code: 'unreachable' });
    }, PATIENCE);
    // Of its own two all but the first wait, and those that were owed with them.
    const waiting = (await after.outbox.records()) - (await atBroker(world, 'mute-b')).length;
    expect(after.sync.state()).toMatchObject({ records: waiting });
    expect(waiting).toBeGreaterThanOrEqual(4);
    await after.close();
    const later = await openDesk('mute-b', file);
    await isSynced(later);
    await hasOnce('mute', [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('lost again before anything was sent, all of it comes once', async () => {
    const { file } = await loseKey('twice');
    const between = await openDesk('twice-c', file, network({ isMute: true }));
    await between.sync.close();
    await appendNumbered(between, 7, 8);
    await between.close();
    const after = await openDesk('twice-b', file);
    await isSynced(after);
    await hasOnce('twice', [0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('what came under the new key, in an epoch that is over, does not follow again from the log of the old one', async () => {
    const { file } = await loseKey('epochs');
    const after = await openDesk('epochs-b', file);
    await isSynced(after);
    await after.sync.close();
    const size = after.outbox.log()?.size() ?? 0;
    // As a desktop does that was put back, and finds the broker ahead: all of that is there.
    await after.outbox.openEpoch({
      code: 'restored',
      epoch: 2,
      witnessed: { epoch: 1, size, root: '' },
      carryFrom: { epoch: 1, sequence: size },
      except: new Set(),
    });
    const log = after.outbox.log();
    if (log === null) throw new Error('no log');
    // As it does when the broker was put back, too.
    await carryLost({ ...after, clock: world.clock }, await world.as('ana', 'epochs-b'), log);
    expect(await after.outbox.records()).toBe(1);
  });

  it('a late call of the old key is not taken any more, and a copy that still has it goes on in another epoch', async () => {
    const { file } = await loseKey('late');
    const net = network();
    const copy = await cloneOf(file, 'late-copy.db');
    const after = await openDesk('late-b', file);
    await isSynced(after);
    // It knows of 3 of the 5 that are there: what it sends would bring 5 and 6 a second time.
    const away = await openSynced(world, { device: 'late-a', file: copy, client: null });
    onTestFinished(away.close);
    const log = away.outbox.log();
    if (log === null) throw new Error('no log');
    const { body } = await nextBatch(away.store.read, log, 3);
    const late = await (await world.as('ana', 'late-a')).appendAudit(body);
    expect(late).toMatchObject({
      ok: false,
      error: { code: 'sequence_gap', known: { epoch: 1, next: 5, followed: 1 } },
    });
    // What it sends again is there; also so it hears that another log follows.
    const again = await nextBatch(away.store.read, log, 3, 5);
    const heard = await (await world.as('ana', 'late-a')).appendAudit(again.body);
    expect(heard).toMatchObject({ ok: true, value: { next: 5, known: { epoch: 1, next: 5, followed: 1 } } });
    await away.close();
    const old = await openDesk('late-a', copy, net);
    await appendNumbered(old, 100, 101);
    await isSynced(old);
    expect(net.sent.at(-1)).toMatchObject({ epoch: 2 });
    const { rows } = await sql<{ size: number }>`
      select size from desktop_epochs where origin = ${net.sent[0]?.origin} and epoch = 1
    `.execute(world.store().read);
    expect(Number(rows[0]?.size)).toBe(5);
    expect(numbersOf(await atBroker(world, 'late-a'))).toEqual([0, 1, 2, 3, 4, 5, 6, 100]);
  });

  it('a log that nobody of its people follows is not over', async () => {
    const { file } = await loseKey('max');
    const copy = await cloneOf(file, 'max-copy.db');
    // Somebody else, under whose key nothing was enrolled before, says that they follow it.
    const max = await openDesk('max-b', copy, network(), 'max');
    await appendNumbered(max, 7, 8);
    await vi.waitFor(async () => expect(numbersOf(await atBroker(world, 'max-b', 'max'))).toContain(7), PATIENCE);
    const net = network();
    await isSynced(await openDesk('max-a', file, net));
    expect(net.sent.map(({ epoch }) => epoch)).not.toContain(2);
    expect(numbersOf(await atBroker(world, 'max-a'))).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

async function cloneOf(file: string, name: string): Promise<string> {
  await cp(join(world.folder, file), join(world.folder, name));
  return name;
}
