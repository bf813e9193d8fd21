// The stand-in desktop proves itself on a small app of its own before anything is proved with it.
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Desk, openDesktop } from './open-desktop.ts';

const MAIN = path.join(import.meta.dirname, 'fixture/main.ts');

let desk: Desk;
beforeAll(async () => {
  desk = await openDesktop({ main: MAIN });
});
afterAll(async () => desk[Symbol.asyncDispose]());

/** Runs one of the fixture's commands through its page, preload and handler. */
async function run(name: string, argument?: unknown): Promise<unknown> {
  const page = await desk.window();
  return page.evaluate(`fixture.run(${JSON.stringify(name)}, ${JSON.stringify(argument) ?? 'undefined'})`);
}

describe('a window', () => {
  it('loads the page of the app over its own scheme', async () => {
    const page = await desk.window('Fixture');
    expect(await page.textContent('h1')).toBe('Fixture');
    expect(await page.evaluate('isSecureContext')).toBe(true);
  });
  it('runs a command from page to main and back', async () => {
    expect(await run('echo', { a: 1 })).toEqual({ a: 1 });
  });
});

describe('the tray', () => {
  it('shows icon, tooltip and menu', async () => {
    expect(await desk.tray.tooltip()).toBe('Fixture tray');
    expect((await desk.tray.icon())?.width).toBe(22);
    const labels = (await desk.tray.menu()).map(({ label }) => label);
    expect(labels).toEqual(['Open & show', 'Approve_all', '', 'Paused', 'Not now', 'More', 'Quit']);
  });
  it('is clicked over the bus', async () => {
    await desk.tray.click('More', 'Deep');
    await desk.app.waitForLog('menu deep');
  });
  it('is clicked with the mouse', async () => {
    await desk.tray.clickWithMouse('Approve_all');
    await desk.app.waitForLog('menu approve');
  });
});

describe('notifications', () => {
  it('have buttons that are pressed with the mouse', async () => {
    await run('notify');
    await desk.notifications.press('Ann asks', 'Reject');
    await desk.app.waitForLog('action 1 1');
    expect(desk.notifications.list().at(-1)).toMatchObject({
      title: 'Ann asks',
      urgency: 'critical',
      actions: ['Approve', 'Reject'],
    });
  });
});
