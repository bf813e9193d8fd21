// The first start and the first check-out, from the form: explained in one screen, three clicks, nothing hidden.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { callGateway, gatewayOf, onlyToken, PENGUINS_FILE, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { askButton, card, choose, openForm, PENGUINS, sayDone, verdict } from './support/window.ts';

const my = useDaypass({ welcome: true });

/** Marks each click on the page, wherever it comes from. */
async function countClicks(page: Page): Promise<void> {
  await page.locator('html').evaluate((html) => {
    html.dataset['clicks'] = '';
    html.addEventListener('click', () => (html.dataset['clicks'] += '|'), true);
  });
}

describe('the first start', () => {
  it('explains itself in one screen with one button, and nothing to scroll', async () => {
    const { page } = my;
    await page.getByRole('heading', { name: 'Access for the day, not for ever' }).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(3);
    expect(await page.getByRole('button').allInnerTexts()).toEqual(['Start']);
    const hiddenPx = await page.getByRole('main').evaluate((main) => main.scrollHeight - main.clientHeight);
    expect(hiddenPx).toBe(0);
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name: 'Nothing checked out' }).waitFor();
  });

  it('leads to a token in the keychain in three clicks', async () => {
    const { page, desk } = my;
    await countClicks(page);
    await page.getByRole('button', { name: 'Check out access…' }).click();
    await page.getByRole('option', { name: PENGUINS }).click();
    await askButton(page).click();
    const token = await onlyToken(desk);
    expect(await page.locator('html').getAttribute('data-clicks')).toBe('|||');
    await card(page, PENGUINS).getByRole('button', { name: 'Copy token' }).waitFor();
    const answer = await callGateway(await gatewayOf(page), PENGUINS_FILE, token);
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('Adelie') });
    await sayDone(page, PENGUINS);
  });
});

describe('the form', () => {
  it('says what policy decides before anything is sent, and follows each change', async () => {
    const { page, desk } = my;
    await openForm(page, PENGUINS);
    await verdict(page).getByText('Granted at once').waitFor();
    await choose(page, 'Other…');
    await choose(page, 'days');
    await page.getByRole('textbox', { name: 'Length' }).fill('4');
    await verdict(page).getByText('Policy refuses this').waitFor();
    await verdict(page).getByText('No grant lasts longer than 72 hours').waitFor();
    expect(await askButton(page).isDisabled()).toBe(true);
    expect(await tokensIn(desk)).toEqual([]);
  });

  it('takes the counter-offer with one click', async () => {
    const { page, desk } = my;
    await page.getByRole('button', { name: 'Take 3 days instead' }).click();
    await verdict(page).getByText('Granted at once').waitFor();
    await page.getByRole('button', { name: 'Check out for 3 days' }).click();
    await card(page, PENGUINS).getByRole('timer').waitFor();
    await onlyToken(desk);
    await sayDone(page, PENGUINS);
    await expect.poll(() => tokensIn(desk)).toEqual([]);
  });
});
