// The desktop's heartbeat: one when it was quiet for six hours, none when it was not, and none after the stop.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HEARTBEAT_MS, startHeartbeat } from '#electron/agent/outbox/heartbeat.ts';
import { HOUR_MS } from '#shared/domain/time.ts';
import { appendNumbered, NOW_MS, openTestOutbox, type TestOutbox } from './open-test-outbox.ts';

let nowMs: number;
let opened: TestOutbox;
let due: { atMs: number; run: () => void } | null;
let stop: () => Promise<void>;
const troubles: unknown[] = [];

beforeEach(async () => {
  nowMs = NOW_MS;
  due = null;
  opened = await openTestOutbox();
  stop = startHeartbeat({
    store: opened.store,
    outbox: opened.outbox,
    clock: { now: () => nowMs },
    timers: {
      after: (delayMs, run) => {
        due = { atMs: nowMs + delayMs, run };
        return () => (due = null);
      },
    },
    onTrouble: (error) => troubles.push(error),
  });
});
afterEach(async () => {
  await stop();
  await opened.close();
  expect(troubles).toEqual([]);
});

/** Lets the timer fire, and waits until the next one is set. */
async function fire(): Promise<void> {
  const now = due;
  if (now === null) throw new Error('no timer is set');
  due = null;
  nowMs = Math.max(nowMs, now.atMs);
  now.run();
  await vi.waitFor(() => expect(due).not.toBeNull(), { timeout: 20_000, interval: 5 });
  await opened.outbox.log()?.settled();
}

const beats = async () =>
  (await opened.outbox.log()?.records({ limit: 100, kinds: ['log.heartbeat'] }))?.map(
    ({ canonical }) => JSON.parse(canonical).unmapped.data.lastSequence,
  );

it('is written when nothing was for six hours, again and again, and says how far the log was', async () => {
  await appendNumbered(opened, 0, 2);
  await fire();
  expect(await beats()).toEqual([1]);
  expect(due?.atMs).toBe(nowMs + HEARTBEAT_MS);
  await fire();
  expect(await beats()).toEqual([1, 2]);
});

it('waits for as long as other records leave it to wait', async () => {
  nowMs += HOUR_MS;
  // The test outbox writes records of one moment, an hour ago by now.
  await appendNumbered(opened, 0, 1);
  nowMs += 2 * HOUR_MS;
  if (due !== null) due = { ...due, atMs: nowMs };
  await fire();
  expect(await beats()).toEqual([]);
  expect(due?.atMs).toBe(NOW_MS + HEARTBEAT_MS);
});

it('is not written by a clock that was set back a little, nor after the stop', async () => {
  await appendNumbered(opened, 0, 1);
  nowMs -= 2 * HOUR_MS;
  if (due !== null) due = { ...due, atMs: nowMs };
  await fire();
  expect(await beats()).toEqual([]);
  expect(due?.atMs).toBe(nowMs + HEARTBEAT_MS);
  await stop();
  expect(due).toBeNull();
});

it('goes on under a clock that was set back far: the log is not silent until that time comes again', async () => {
  await appendNumbered(opened, 0, 1);
  nowMs -= 365 * 24 * HOUR_MS;
  if (due !== null) due = { ...due, atMs: nowMs };
  await fire();
  expect(await beats()).toEqual([0]);
  await fire();
  expect(await beats()).toEqual([0, 1]);
});

it('is tried again when it could not be written', async () => {
  const append = vi.spyOn(opened.outbox, 'append').mockRejectedValueOnce(new Error('no room'));
  await fire();
  expect(await beats()).toEqual([]);
  expect(troubles.splice(0)).toEqual([new Error('no room')]);
  append.mockRestore();
  await fire();
  expect(await beats()).toEqual([-1]);
});
