// A person at a real browser: opens the address that the app gave it, fills in the page, follows it back to the app.
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM, HEADLESS_FLAGS } from '../headless-chromium.ts';
import type { Account } from './accounts.ts';

export type SignedIn = {
  /** Where the browser was at the end: the app's loopback address, or the provider's page when it went no further. */
  readonly url: string;
  /** What the last page says to the person. */
  readonly text: string;
};

/**
 * Signs the account in at the provider's page behind `url` and follows the redirect to the app, in a browser that knows
 * nobody; with `opened`, in a profile of its own in that browser, which is the caller's. For a device code it also says
 * yes to the code. Rejects when the page is not reached within 30 s.
 */
export async function signInWithChromium(url: string, account: Account, opened?: Browser): Promise<SignedIn> {
  const browser = opened ?? (await openBrowser());
  const profile = await browser.newContext();
  try {
    const page = await profile.newPage();
    await page.goto(url);
    await sayYesToTheCode(page);
    await fillIn(page, account);
    const provider = new URL(url).origin;
    const text = await page.locator('body').innerText();
    // Codes must not travel through logs of tests.
    const left = new URL(page.url());
    return { url: left.origin === provider ? left.href : `${left.origin}${left.pathname}`, text };
  } finally {
    await profile.close();
    if (opened === undefined) await browser.close();
  }
}

/** For many sign-ins. The caller closes it. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: [...HEADLESS_FLAGS] });
}

async function sayYesToTheCode(page: Page): Promise<void> {
  const yes = page.getByRole('button', { name: 'Yes, continue' });
  if (await yes.isVisible()) await yes.click();
}

async function fillIn(page: Page, { login, password }: Account): Promise<void> {
  await page.getByLabel('User name').fill(login);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const through = page.waitForURL((address) => !address.pathname.startsWith('/interaction/'));
  const refused = page.getByRole('alert').waitFor();
  // The one that does not happen is given up when the browser closes; the race has listened to both.
  await Promise.race([through, refused]);
}
