// The tray as the main door: its menu, one click to access, and an icon for each state.
import { describe, expect, it } from 'vitest';
import type { TrayEntry } from '#test/desktop/desk/tray.ts';
import { editExample } from './support/example.ts';
import { gatewayOf, onlyToken, PENGUINS_FILE, statusOf, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { trayLookOf } from './support/tray-look.ts';
import { askFor, card, checkOut, openTab, PENGUINS, sayDone, WEATHER } from './support/window.ts';

const my = useDaypass({
  prepare: async (files) => {
    await editExample(files, {
      // Warned long before its end, so that a spec need not wait for it.
      warnBefore: { resource: 'dataset:penguins', points: ['PT56S'] },
      everyDayIsHoliday: true,
    });
  },
});

async function labels(): Promise<readonly string[]> {
  return (await my.desk.tray.menu()).filter(shown).map(({ label }) => label);
}
const shown = ({ separator, visible }: TrayEntry): boolean => visible && !separator;

const look = (): Promise<string> => trayLookOf(my.desk);

async function visibleWindows(): Promise<number> {
  return (await my.desk.app.windows()).filter(({ visible }) => visible).length;
}

describe('the tray', () => {
  it('offers the form, the window, settings and the end, and nothing that there is not', async () => {
    expect(await labels()).toEqual(['Check out…', 'Open Daypass', 'Settings…', 'Quit Daypass']);
  });

  it('checks out again with one click where policy approves, without a window', async () => {
    const { page, desk } = my;
    const gateway = await gatewayOf(page);
    await checkOut(page, PENGUINS, { minutes: 90 });
    await sayDone(page, PENGUINS);
    await page.keyboard.press('Escape');
    await expect.poll(visibleWindows).toBe(0);

    await desk.tray.click(/^Palmer penguins · 1 hr, 30 min$/);
    const token = await onlyToken(desk);
    expect(await statusOf(gateway, PENGUINS_FILE, token)).toBe(200);
    expect(await visibleWindows()).toBe(0);
  });

  it('shows each grant with the time that is left and what can be done with it', async () => {
    const { desk } = my;
    await expect.poll(labels).toContainEqual(expect.stringMatching(/^Palmer penguins · 1 hr, (30|29) min left$/));
    expect(await desk.tray.tooltip()).toMatch(/^Daypass · 1 active, next 1 hr, (30|29) min left$/);
    const grant = (await desk.tray.menu()).find(({ label }) => label.startsWith('Palmer penguins'));
    expect(grant?.children.map(({ label }) => label)).toEqual(['Copy token', 'Copy as', 'Extend', 'Done']);
  });

  it('copies the token from there, and ends everything, the clipboard too', async () => {
    const { desk } = my;
    const token = await onlyToken(desk);
    await desk.tray.click(/^Palmer penguins · .* left$/, 'Copy token');
    await expect.poll(() => desk.clipboard.read()).toBe(token);
    await desk.tray.click('End everything now');
    await expect.poll(() => tokensIn(desk)).toEqual([]);
    await expect.poll(() => desk.clipboard.read()).toBe('');
    await expect.poll(labels).not.toContain('End everything now');
  });

  it('opens the window at the form and at the settings', async () => {
    const { desk, page } = my;
    await desk.tray.click('Settings…');
    await page.getByRole('heading', { name: 'Safety' }).waitFor();
    await desk.tray.click('Check out…');
    await page.getByRole('textbox', { name: 'What do you need?' }).waitFor();
    expect(await visibleWindows()).toBe(1);
    await page.keyboard.press('Escape');
  });
});

describe('the tray icon', () => {
  it('shows a grant, its near end, and after Done in the menu that nothing is held', async () => {
    const { page, desk } = my;
    await openTab(page, 'Access');
    expect(await look()).toBe('idle on light');
    await checkOut(page, PENGUINS, { minutes: 1 });
    await expect.poll(look).toBe('active on light');
    await desk.notifications.find(/^Access ends in \d\d seconds$/);
    await expect.poll(look).toBe('ending on light');
    await desk.tray.click(/^Palmer penguins · .* left$/, 'Done');
    await expect.poll(look).toBe('idle on light');
    await expect.poll(() => tokensIn(desk)).toEqual([]);
  });

  it('shows that the person is waited for', async () => {
    const { page, desk } = my;
    await askFor(page, WEATHER);
    await expect.poll(look).toBe('waiting on light');
    expect(await labels()).toContain(`Confirm: ${WEATHER}…`);
    await page.getByRole('button', { name: `Withdraw the request for ${WEATHER}` }).click();
    await card(page, WEATHER).waitFor({ state: 'detached' });
    await expect.poll(look).toBe('idle on light');
    expect(await tokensIn(desk)).toEqual([]);
  });

  it('follows a dark desktop', async () => {
    await my.desk.app.running.setSystemDark(true);
    await expect.poll(look).toBe('idle on dark');
    await my.desk.app.running.setSystemDark(false);
    await expect.poll(look).toBe('idle on light');
  });

  it('shows trouble when the keychain is gone, and says so in the menu', async () => {
    const { desk } = my;
    await desk.keychain.stop();
    await desk.tray.click(/^Palmer penguins · 1 min$/);
    await expect.poll(look, { timeout: 60_000 }).toBe('trouble on light');
    expect(await labels()).toContain('The keychain is not available…');
  });
});
