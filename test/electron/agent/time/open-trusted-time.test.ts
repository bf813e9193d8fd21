import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemTime } from '#electron/agent/clock.ts';
import { openTrustedTime, type TrustedTime } from '#electron/agent/time/open-trusted-time.ts';
import { timeMigrations, type TimeTables } from '#electron/agent/time/time-marks.ts';
import type { ClockJump } from '#electron/agent/time/trusted-time.ts';
import { DAY_MS, HOUR_MS } from '#shared/domain/time.ts';
import { openSqlite } from '#shared/store/sqlite.ts';
import type { Store } from '#shared/store/store.ts';

const START = Date.parse('2026-11-24T09:00:00Z');
const log = { info: () => undefined, trouble: () => undefined };
let folder: string;
let store: Store<TimeTables>;
let wallMs: number;
let bootMs: number;
let jumps: ClockJump[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daypass-time-'));
  store = await openSqlite<TimeTables>({ path: join(folder, 'agent.sqlite'), migrations: timeMigrations });
  [wallMs, bootMs, jumps] = [START, HOUR_MS, []];
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = async (bootId = 'first boot'): Promise<TrustedTime> =>
  await openTrustedTime({
    source: { wallMs: () => wallMs, bootMs: () => bootMs, bootId },
    store,
    log,
    onJump: (jump) => void jumps.push(jump),
  });

it('remembers the signed time over a restart in the same boot, and goes on from it', async () => {
  await (await open()).anchor(START);
  bootMs += HOUR_MS;
  wallMs = START - 2 * HOUR_MS;
  const time = await open();
  expect(time.now()).toBe(START + HOUR_MS);
  expect(time.anchored()).toBe(true);
});

it('is not behind the mark after a reboot, and says that it must be anchored again', async () => {
  await (await open()).anchor(START);
  [wallMs, bootMs] = [START - DAY_MS, 0];
  const time = await open('second boot');
  expect(time.now()).toBe(START);
  expect(time.anchored()).toBe(false);
  await time.anchor(START + HOUR_MS);
  expect(time.now()).toBe(START + HOUR_MS);
  expect((await open('second boot')).anchored()).toBe(true);
});

it('tells a jump at a look, keeps it until the person answers, and stores nothing of it', async () => {
  const time = await open();
  await time.anchor(START);
  wallMs += 30 * DAY_MS;
  time.look();
  expect(jumps).toMatchObject([{ byMs: 30 * DAY_MS }]);
  expect(time.jump()?.byMs).toBe(30 * DAY_MS);
  time.acceptJump();
  expect(time.jump()).toBeNull();
  await time.save();
  wallMs = START;
  expect((await open('second boot')).now()).toBe(START);
});

it('asks again at each start, also after a reboot, until the jump is answered', async () => {
  const time = await open();
  await time.anchor(START);
  wallMs += 30 * DAY_MS;
  time.look();
  await time.save();
  expect((await open()).jump()?.byMs).toBe(30 * DAY_MS);
  bootMs = 0;
  const rebooted = await open('second boot');
  expect(rebooted.jump()?.byMs).toBe(30 * DAY_MS);
  rebooted.acceptJump();
  await rebooted.save();
  expect((await open('second boot')).jump()).toBeNull();
});

it('is not raised by a broker that reads the same clock, between a jump and the next look', async () => {
  const time = await open();
  await time.anchor(START);
  wallMs = Date.parse('2099-01-01T00:00:00Z');
  await time.anchor(wallMs);
  expect(jumps).toHaveLength(1);
  wallMs = START;
  expect(time.now()).toBe(START);
  time.look();
  time.acceptJump();
  await time.anchor(START + HOUR_MS);
  expect(time.now()).toBe(START + HOUR_MS);
});

it('tells of a jump that happened while the program did not run, once it is wired up', async () => {
  await open();
  bootMs += HOUR_MS;
  wallMs -= 3 * DAY_MS;
  await open();
  await expect.poll(() => jumps.length).toBe(1);
});

it('reads clocks of this machine that agree with each other', () => {
  const source = systemTime();
  expect(source.bootMs()).toBeGreaterThan(0);
  expect(source.wallMs()).toBeGreaterThan(START - 10 * 365 * DAY_MS);
  expect(systemTime().bootId).toBe(source.bootId);
});
