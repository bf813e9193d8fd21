// The tray and the notifications of the stand-in, through a real panel and a real notification daemon.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from './until.ts';
import { openFixture, run } from './fixture/open-fixture.ts';
import type { Desk } from './open-desktop.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openFixture({ dark: true });
});
afterAll(async () => desk[Symbol.asyncDispose]());

const paused = async (): Promise<boolean | undefined> =>
  (await desk.tray.menu()).find(({ label }) => label === 'Paused')?.checked;

describe('the tray', () => {
  it('has the icon, the tooltip and the menu of the app', async () => {
    expect(await desk.tray.tooltip()).toBe('Fixture tray');
    expect(await desk.tray.icon()).toMatchObject({
      width: 22,
      height: 22,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const menu = await until('the menu', async () => {
      const entries = await desk.tray.menu();
      return entries.length > 0 ? entries : undefined;
    });
    expect(menu.filter(({ separator }) => !separator).map(({ label }) => label)).toEqual([
      'Open & show',
      'Approve_all',
      'Paused',
      'Not now',
      'More',
      'Quit',
    ]);
    expect(menu.find(({ label }) => label === 'Not now')?.enabled).toBe(false);
    expect(menu.find(({ label }) => label === 'More')?.children.map(({ label }) => label)).toEqual(['Deep']);
  });
  it('runs an entry that is clicked over the bus, however deep', async () => {
    await desk.tray.click('More', /^De/);
    await desk.app.waitForLog('menu deep');
  });
  it('turns a checkbox', async () => {
    expect(await paused()).toBe(false);
    await desk.tray.click('Paused');
    await desk.app.waitForLog('menu paused true');
    await until('the check mark', async () => ((await paused()) === true ? true : undefined));
  });
  it('runs an entry that is picked with mouse and keyboard', async () => {
    await desk.tray.clickWithMouse('Approve_all');
    await desk.app.waitForLog('menu approve');
  });
  it('hears a click of the mouse', async () => {
    await desk.tray.clickIcon();
    await desk.app.waitForLog('tray clicked');
  });
});

describe('a notification', () => {
  beforeEach(async () => {
    await desk.notifications.clear();
    await run(desk, 'notify');
    await desk.notifications.find('Ann asks');
  });
  const times = (text: string): number => desk.app.log().split(text).length - 1;

  it('reaches the daemon with its words, urgency and buttons', () => {
    expect(desk.notifications.list()).toEqual([
      expect.objectContaining({
        title: 'Ann asks',
        body: 'for <b>orders</b>',
        urgency: 'critical',
        actions: ['Approve', 'Reject'],
        closed: false,
      }),
    ]);
  });
  it('has buttons that tell which one was pressed', async () => {
    await desk.notifications.press('Ann asks', 'Reject');
    await desk.app.waitForLog('action 1 1');
    await run(desk, 'notify');
    await desk.notifications.press('Ann asks', 'Approve');
    await desk.app.waitForLog('action 0 0');
    expect(times('notification clicked')).toBe(0);
  });
  it('tells of a click on its text', async () => {
    await desk.notifications.click(/orders/);
    await desk.app.waitForLog('notification clicked');
  });
  it('tells when it was put away', async () => {
    const before = times('notification closed userCanceled');
    await desk.notifications.dismiss('Ann asks');
    await until('the close event', () => (times('notification closed userCanceled') > before ? true : undefined));
    expect(desk.notifications.list().at(-1)?.closed).toBe(true);
  });
});
