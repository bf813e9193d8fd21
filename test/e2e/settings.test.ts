// What a person sets: seen at once, on disk for the next start, and only what may be set.
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { useDaypass } from './support/use-daypass.ts';
import { openTab } from './support/window.ts';

const my = useDaypass();

async function choice(group: string, label: string): Promise<Locator> {
  await openTab(my.page, 'Settings');
  return my.page.getByRole('radiogroup', { name: group }).getByText(label, { exact: true });
}

const settingsFile = (): string => path.join(my.day.files.dataFolder, 'settings.json');

async function stored(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(settingsFile(), 'utf8').catch(() => '{}')) as Record<string, unknown>;
}

async function background(): Promise<string> {
  return await my.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
}

describe('settings', () => {
  it('the theme changes the window at once, whatever the system shows', async () => {
    const light = await background();
    await (await choice('Theme', 'Dark')).click();
    await expect.poll(background).not.toBe(light);
    await (await choice('Theme', 'Light')).click();
    await expect.poll(background).toBe(light);
    await (await choice('Theme', 'Dark')).click();
    await expect.poll(async () => (await stored())['theme']).toBe('dark');
  });

  it('the size of text changes all of it', async () => {
    const { page } = my;
    // Against the window: the unit of a page grows with it on Electron.
    const share = (): Promise<number> =>
      page.evaluate<number>(`document.querySelector('[role=tab]').getBoundingClientRect().height / innerHeight`);
    const before = await share();
    await (await choice('Text size', '150%')).click();
    await expect.poll(share).toBeGreaterThan(before * 1.3);
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });

  it('a shortcut is pressed, not typed, and opens the hidden window', async () => {
    const { page, desk } = my;
    await openTab(page, 'Settings');
    await page.getByRole('textbox', { name: 'Shortcut for this window' }).press('Control+Alt+d');
    await expect.poll(async () => (await stored())['shortcut']).toBe('Control+Alt+D');
    await page.getByRole('tab', { name: 'Settings' }).focus();
    await page.keyboard.press('Escape');
    const visible = async (): Promise<number> => (await desk.app.windows()).filter((each) => each.visible).length;
    await expect.poll(visible).toBe(0);
    await desk.app.running.pressShortcut('Control+Alt+D');
    await expect.poll(visible).toBe(1);
  });

  it('are on disk for this person alone, and hold at the next start', async () => {
    const { desk, day } = my;
    expect((await stat(settingsFile())).mode & 0o777).toBe(0o600);
    await desk.app.quit();
    await day.start();
    const page = await my.reopened();
    await openTab(page, 'Settings');
    const chosen = async (group: string): Promise<string | null> =>
      await page.getByRole('radiogroup', { name: group }).getByRole('radio', { checked: true }).getAttribute('value');
    expect(await chosen('Theme')).toBe('dark');
    expect(await chosen('Text size')).toBe('1.5');
  });
});
