import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sessionOutbox } from '#electron/agent/outbox/session-outbox.ts';
import type { Outbox } from '#electron/agent/outbox-port.ts';
import { type OutboxSync, startSync } from '#electron/agent/outbox/sync.ts';
import { err, ok } from '#shared/domain/result.ts';
import { createHandTimers } from '#test/support/hand-timers.ts';
import { appendNumbered, NOW_MS, openTestOutbox, type TestOutbox } from './open-test-outbox.ts';

const PATIENCE = { timeout: 20_000, interval: 5 };

let opened: TestOutbox;
let sync: OutboxSync;
let outbox: Omit<Outbox, 'changeKey'>;

beforeEach(async () => {
  opened = await openTestOutbox();
  const parts = { store: opened.store, outbox: opened.outbox, clock: { now: () => NOW_MS } };
  sync = await startSync({ ...parts, pin: {}, timers: createHandTimers(), client: () => null });
  outbox = sessionOutbox({ ...parts, sync, device: () => 'device', diskFull: () => false, damaged: () => false });
});
afterEach(async () => {
  await sync.close();
  await opened.close();
});

describe('the records of this desktop', () => {
  it('are shown to whom they are about, and to everybody what is about nobody', async () => {
    const chosen = { kind: 'identity.chosen', atMs: NOW_MS, by: 'person' } as const;
    await outbox.append({ ...chosen, subject: 'sub_ana', user: 'ana' });
    await outbox.append({ ...chosen, subject: 'sub_jo', user: 'jo' });
    await outbox.append({ kind: 'clock.jumped', atMs: NOW_MS, byMs: 90_000_000, endedGrants: 2 });
    await opened.outbox.log()?.settled();
    const kindsFor = async (subject: string | null): Promise<readonly string[]> =>
      (await outbox.ownRecords({ fromMs: 0, toMs: NOW_MS, limit: 10, subject })).map(({ kind }) => kind);
    expect(await kindsFor('sub_jo')).toEqual(['clock.jumped', 'identity.chosen']);
    expect(await kindsFor(null)).toEqual(['clock.jumped']);
  });
});

it('ends no alarm about a log that was changed here: the receiver cannot make it whole', async () => {
  const parts = { store: opened.store, outbox: opened.outbox, clock: { now: () => NOW_MS } };
  const accepting = { ...sync, acceptLedger: async () => ok(null) };
  const over = { ...parts, sync: accepting, device: () => 'device', diskFull: () => false };
  expect(await sessionOutbox({ ...over, damaged: () => false }).acceptLedger()).toEqual(ok(null));
  expect(await sessionOutbox({ ...over, damaged: () => true }).acceptLedger()).toEqual(err('no_alarm'));
});

it('gives no new access while too many records wait, says so, goes on recording, and ends that by itself', async () => {
  await sync.close();
  const parts = { store: opened.store, outbox: opened.outbox, clock: { now: () => NOW_MS } };
  const start = async (mostWaiting: number): Promise<void> => {
    sync = await startSync({ ...parts, pin: {}, timers: createHandTimers(), client: () => null, mostWaiting });
    outbox = sessionOutbox({ ...parts, sync, device: () => 'device', diskFull: () => false, damaged: () => false });
  };
  await start(3);
  const told: string[] = [];
  outbox.subscribe(() => told.push(outbox.state().kind));
  await appendNumbered(opened, 0, 2);
  expect(outbox.canRecordGrant()).toEqual(ok(null));
  await appendNumbered(opened, 2, 4);
  await vi.waitFor(() => expect(outbox.canRecordGrant()).toEqual(err('backlog_full')), PATIENCE);
  expect(outbox.state()).toEqual({ kind: 'alarm', code: 'backlog_full' });
  await vi.waitFor(() => expect(told).toContain('alarm'), PATIENCE);
  // What ends access is recorded all the same.
  await outbox.append({ kind: 'clock.jumped', atMs: NOW_MS, byMs: 1, endedGrants: 1 });
  await opened.outbox.log()?.settled();
  expect(await opened.outbox.records()).toBe(5);
  // A person cannot wave it away.
  expect(await outbox.acceptLedger()).toEqual(err('no_alarm'));
  await sync.close();
  await start(100);
  await vi.waitFor(() => expect(outbox.canRecordGrant()).toEqual(ok(null)), PATIENCE);
});

it('gives no new access while the disk is full, or while nobody can tell how much waits', async () => {
  const parts = { store: opened.store, outbox: opened.outbox, clock: { now: () => NOW_MS } };
  const over = { ...parts, sync, device: () => 'device', damaged: () => false };
  expect(sessionOutbox({ ...over, diskFull: () => true }).canRecordGrant()).toEqual(err('disk_full'));
  const unread = { ...sync, canRecordGrant: () => Promise.reject(new Error('no table can be read')) };
  const blind = sessionOutbox({ ...over, sync: unread, diskFull: () => false });
  await vi.waitFor(() => expect(blind.canRecordGrant()).toEqual(err('backlog_full')), PATIENCE);
});
