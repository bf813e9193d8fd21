// What a person sets: seen at once, on disk for the next start, and only what may be set.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { EXPORT_FILES } from '#shared/audit/export.ts';
import { checkOut, must, PATIENCE_MS, served } from './support/knock.ts';
import { exportedLogs, readLog } from './support/outside.ts';
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

  it('the log goes into a file that the person chose: exactly its records, which verify with what is exported', async () => {
    const { page, desk } = my;
    const folder = path.join(desk.scratch, 'kept');
    await mkdir(folder);
    await openTab(page, 'Settings');
    await page.getByRole('button', { name: 'Add a place…' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByText('File', { exact: true }).click();
    await desk.app.answerDialog({ open: [folder] });
    await sheet.getByRole('button', { name: 'Choose…' }).click();
    await sheet.getByText(folder, { exact: true }).waitFor();
    await sheet.getByRole('button', { name: 'Add', exact: true }).click();
    await sheet.waitFor({ state: 'detached' });
    await served(page);
    await checkOut(page);
    await must(page, 'end-everything', null);
    const { desktop } = await exportedLogs(desk, page, 'beside-the-sink');
    const lines = async (): Promise<readonly string[]> =>
      (await readFile(path.join(folder, 'daypass-copy.jsonl'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
    await expect
      .poll(async () => (await lines()).length, { timeout: PATIENCE_MS })
      .toBeGreaterThanOrEqual(desktop.length);
    expect(desktop.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['sink.added', 'copy.stored', 'wipe.done']));
    // Signed by the desktop, in the order and with the words of the file.
    const exported = path.join(desk.scratch, 'export-beside-the-sink', 'desktop');
    const first = (await lines()).slice(0, desktop.length);
    await writeFile(path.join(exported, EXPORT_FILES.log), `${first.join('\n')}\n`);
    expect(await readLog(exported)).toHaveLength(desktop.length);
    const card = page.locator('.place').nth(1);
    await expect.poll(async () => await card.innerText()).toContain('Has every record');
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
