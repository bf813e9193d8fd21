// The main flow by keys alone: open, check out, copy, done. No mouse is touched.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { onlyToken, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { card, PENGUINS } from './support/window.ts';

const MOST_TABS = 40;
const my = useDaypass({ welcome: true });

/** Walks with Tab until the focus is on what is called `name`. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const target = page.getByRole('button', { name, exact: true });
  await target.waitFor();
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    if (await target.evaluate((element) => element.matches(':focus'))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${MOST_TABS} times Tab did not lead to ${String(name)}`);
}

describe('by keyboard alone', () => {
  it('the first start is passed with Enter', async () => {
    const { page } = my;
    await page.locator('button:focus', { hasText: 'Start' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Nothing checked out' }).waitFor();
  });

  it('a dataset is found by typing, taken with the arrows and checked out', async () => {
    const { page, desk } = my;
    await page.keyboard.press('Control+n');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.type('peng');
    await expect.poll(() => page.getByRole('option').count()).toBe(1);
    // As a person does: the arrow is pressed until the list shows where it stands. An Enter before that takes nothing.
    await expect
      .poll(async () => {
        await page.keyboard.press('ArrowDown');
        return page.getByRole('textbox').getAttribute('aria-activedescendant');
      })
      .toBeTruthy();
    await page.keyboard.press('Enter');
    await tabTo(page, 'Check out for 1 hr');
    await page.keyboard.press('Enter');
    await card(page, PENGUINS).getByRole('timer').waitFor();
    await onlyToken(desk);
  });

  it('the focus is always visible', async () => {
    const { page } = my;
    await tabTo(page, 'Copy token');
    // As text: this file is not compiled for a browser.
    expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none');
  });

  it('the token is copied, a snippet picked from the menu, and Done said', async () => {
    const { page, desk } = my;
    const token = await onlyToken(desk);
    await tabTo(page, 'Copy token');
    await page.keyboard.press('Enter');
    await expect.poll(() => desk.clipboard.read()).toBe(token);

    await tabTo(page, 'Copy as…');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => desk.clipboard.read()).toMatch(/\/gateway\/dataset\/penguins/);

    await tabTo(page, `Done with ${PENGUINS}: end it now`);
    await page.keyboard.press('Enter');
    await expect.poll(() => tokensIn(desk)).toEqual([]);
  });

  it('the focus is not lost when what had it is gone, and Esc hides the window', async () => {
    const { page, desk } = my;
    await tabTo(page, 'Check out access…');
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await desk.app.windows()).filter(({ visible }) => visible).length).toBe(0);
  });
});
