// Sleep, clock and lock as the app sees them: all threads and pages agree, and timers do not run while it sleeps.
import type dbus from 'dbus-next';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { openFixture, run } from './fixture/open-fixture.ts';
import type { Desk } from './open-desktop.ts';
import { connectBus } from './private-desktop/bus.ts';

const HOUR_MS = 3_600_000;
// What a slow machine may take between two looks at a clock.
const SLACK_MS = 60_000;

type Times = {
  readonly wall: number;
  readonly constructed: number;
  readonly boot: number;
  readonly worker: { readonly wall: number; readonly boot: number };
};

let desk: Desk;
beforeAll(async () => {
  desk = await openFixture();
});
afterAll(async () => desk[Symbol.asyncDispose]());

const times = (): Promise<Times> => run<Times>(desk, 'times');
const near = (actual: number, wanted: number): boolean => Math.abs(actual - wanted) < SLACK_MS;
const pageTimes = async (): Promise<number[]> =>
  (await (await desk.window()).evaluate('[Date.now(), new Date().getTime(), new Date(7).getTime()]')) as number[];

describe('the clock', () => {
  it('jumps in the main thread, in a worker and in the page, and back', async () => {
    const before = await times();
    await desk.clock.shift(-2 * HOUR_MS);
    const shifted = await times();
    for (const wall of [shifted.wall, shifted.constructed, shifted.worker.wall])
      expect(near(wall, before.wall - 2 * HOUR_MS)).toBe(true);
    expect(near(shifted.boot * 1000, before.boot * 1000)).toBe(true);
    const [now, constructed, given] = await pageTimes();
    expect(near(now ?? 0, before.wall - 2 * HOUR_MS)).toBe(true);
    expect(near(constructed ?? 0, before.wall - 2 * HOUR_MS)).toBe(true);
    expect(given).toBe(7);
    await desk.clock.reset();
    expect(near((await times()).worker.wall, before.wall)).toBe(true);
    expect(near((await pageTimes())[0] ?? 0, before.wall)).toBe(true);
  });
  it('is moved in a page that loads later', async () => {
    await desk.clock.shift(HOUR_MS);
    const page = await desk.window();
    await page.reload();
    expect(near((await pageTimes())[0] ?? 0, Date.now() + HOUR_MS)).toBe(true);
    await desk.clock.reset();
  });
});

describe('a sleep', () => {
  it('moves wall time and time since boot while no timer runs', async () => {
    const before = await times();
    const page = await desk.window();
    await page.evaluate(`void (globalThis.rang = false, setTimeout(() => (globalThis.rang = true), ${HOUR_MS / 2}))`);
    await desk.power.sleep(HOUR_MS);
    const after = await times();
    expect(near(after.wall, before.wall + HOUR_MS)).toBe(true);
    expect(near(after.boot * 1000, before.boot * 1000 + HOUR_MS)).toBe(true);
    expect(near(after.worker.boot * 1000, before.boot * 1000 + HOUR_MS)).toBe(true);
    expect(await page.evaluate('globalThis.rang')).toBe(false);
    await desk.app.waitForLog(/power suspend[\s\S]*power resume/);
  });
  it('may end without a word to the app', async () => {
    const resumes = (): number => desk.app.log().split('power resume').length;
    const before = resumes();
    await desk.power.sleep(1000, { resume: false });
    // The next round trip through the app shows that it was told nothing.
    await times();
    expect(resumes()).toBe(before);
    await desk.power.resume();
    await until('the word of the resume', () => (resumes() === before + 1 ? true : undefined));
  });
});

describe('the session', () => {
  it('is locked for who listens to logind, and not for Electron, which has no such event on Linux', async () => {
    const bus = await connectBus(desk.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? '');
    const object = await bus.getProxyObject('org.freedesktop.login1', '/org/freedesktop/login1/session/_31');
    const heard: string[] = [];
    object
      .getInterface('org.freedesktop.login1.Session')
      .on('Lock', () => heard.push('lock'))
      .on('Unlock', () => heard.push('unlock'));
    const properties = object.getInterface('org.freedesktop.DBus.Properties');
    const hint = async (): Promise<boolean> => {
      const answer = (await properties['Get']?.(
        'org.freedesktop.login1.Session',
        'LockedHint',
      )) as dbus.Variant<boolean>;
      return answer.value;
    };
    expect(await hint()).toBe(false);
    desk.session.lock();
    await until('the lock', () => (heard.includes('lock') ? true : undefined));
    expect(await hint()).toBe(true);
    desk.session.unlock();
    await until('the unlock', () => (heard.includes('unlock') ? true : undefined));
    bus.disconnect();
    expect(desk.app.log()).not.toContain('lock-screen');
  });
  it('knows how long the person was away', async () => {
    expect(await run(desk, 'idle')).toBe(0);
    await desk.idle(301_500);
    expect(await run(desk, 'idle')).toBe(301);
  });
});

describe('links and dialogs', () => {
  it('reach nobody but the spec', async () => {
    await run(desk, 'open');
    expect(await desk.openedLinks()).toEqual(['https://example.org/help']);
    await desk.app.answerDialog({ messageBox: { response: 1 } });
    expect(await run(desk, 'ask')).toMatchObject({ response: 1 });
    await expect(run(desk, 'ask')).rejects.toThrow('The spec has no answer');
  });
});
