// `daypass://` links and second starts: they show the window and fill the form in. They never ask, approve or copy.
import { describe, expect, it } from 'vitest';
import { tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { askButton, card, openTab, PENGUINS, verdict } from './support/window.ts';

const my = useDaypass();

async function visibleWindows(): Promise<number> {
  return (await my.desk.app.windows()).filter(({ visible }) => visible).length;
}

async function hideWindow(): Promise<void> {
  await my.page.keyboard.press('Escape');
  await expect.poll(visibleWindows).toBe(0);
}

describe('a link', () => {
  it('fills the form in, says whose words these are, and sends nothing', async () => {
    const { page, desk, day } = my;
    await hideWindow();
    const words = 'Please <b>approve</b>\u202E';
    const query = `resource=dataset:penguins&purpose=reporting&duration=PT2H&justification=${encodeURIComponent(words)}`;
    expect(await day.openLink(`daypass://request?${query}`)).toEqual({ code: 0, signal: null });

    await expect.poll(visibleWindows).toBe(1);
    await page.getByText('A link filled this in').waitFor();
    await page.getByText('These are the words of the link').waitFor();
    expect(await page.getByRole('textbox', { name: /^Why/ }).inputValue()).toBe('Please <b>approve</b>');
    await verdict(page).getByText('Granted at once').waitFor();
    expect(await askButton(page).innerText()).toBe('Check out for 2 hr');
    expect(await tokensIn(desk)).toEqual([]);

    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Nothing checked out' }).waitFor();
    expect(await card(page, PENGUINS).count()).toBe(0);
  });

  it.each([
    ['asks for a command', 'daypass://approve?requestId=1'],
    ['names a host of its own', 'daypass://evil.example/request?resource=dataset:penguins'],
    ['adds what nobody knows', 'daypass://request?resource=dataset:penguins&submit=true'],
    ['says a thing twice', 'daypass://request?resource=dataset:penguins&resource=dataset:weather'],
    ['climbs out of its place', 'daypass://request/../open?resource=dataset:penguins'],
  ])('that %s does nothing', async (_what, link) => {
    const { page, desk, day } = my;
    await openTab(page, 'History');
    await hideWindow();
    const before = desk.app.log().split('link.refused').length;
    await day.openLink(link);
    await expect.poll(() => desk.app.log().split('link.refused').length).toBe(before + 1);
    expect(await visibleWindows()).toBe(0);
    expect(await desk.clipboard.read()).toBe('');
    expect(await tokensIn(desk)).toEqual([]);
    await day.startSecond();
    await expect.poll(visibleWindows).toBe(1);
    expect(await page.getByRole('tab', { name: 'History' }).getAttribute('aria-selected')).toBe('true');
  });
});

describe('a link that is too long to be one', () => {
  it('only shows the window where it was', async () => {
    const { page, day } = my;
    await hideWindow();
    await day.openLink(`daypass://request?resource=dataset:penguins&justification=${'x'.repeat(9000)}`);
    await expect.poll(visibleWindows).toBe(1);
    expect(await page.getByRole('tab', { name: 'History' }).getAttribute('aria-selected')).toBe('true');
  });
});

describe('a second start', () => {
  it('shows the window of the first and ends at once', async () => {
    const { desk, day } = my;
    const { pid } = desk.app;
    await hideWindow();
    expect(await day.startSecond()).toEqual({ code: 0, signal: null });
    await expect.poll(visibleWindows).toBe(1);
    expect(desk.app.pid).toBe(pid);
    expect(await desk.tray.items()).toHaveLength(1);
  });

  it('that was told to stay hidden shows nothing', async () => {
    await hideWindow();
    await my.day.startSecond(['--hidden']);
    expect(await visibleWindows()).toBe(0);
  });
});
