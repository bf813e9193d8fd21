// The words of a person in front of the window. Each clicks what a person would click and waits until it shows.
import type { Locator, Page } from 'playwright-core';

export const PENGUINS = 'Palmer penguins';
export const CONGRESS = 'Members of the US Congress';
export const MONEY = 'Money of candidates for the US Congress, 2015';
export const WEATHER = 'Seattle weather, 2012 to 2015';
export const MODEL = 'wink English language model';

export type Wish = {
  /** Minutes, as typed into *Other…*; the form's own length without it. */
  readonly minutes?: number;
  readonly why?: string;
  /** More actions than the first. */
  readonly actions?: readonly string[];
};

export async function passWelcome(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.getByRole('tab', { name: 'Access' }).waitFor();
}

export async function openTab(
  page: Page,
  name: 'Access' | 'Approvals' | 'History' | 'Oversight' | 'Settings',
): Promise<void> {
  await page.getByRole('tab', { name }).click();
}

/** Opens the form and picks the resource. */
export async function openForm(page: Page, resource: string): Promise<void> {
  await openTab(page, 'Access');
  await page.getByRole('button', { name: 'Check out access…' }).click();
  await page.getByRole('option', { name: resource }).click();
}

/** Types a length of one's own, in minutes. */
export async function chooseMinutes(page: Page, minutes: number): Promise<void> {
  await choose(page, 'Other…');
  await choose(page, 'minutes');
  await page.getByRole('textbox', { name: 'Length' }).fill(String(minutes));
}

/** Presses one of a row of choices: its words, as a person does, for the mark itself is hidden. */
export async function choose(page: Page, label: string): Promise<void> {
  await page.locator('.segment').getByText(label, { exact: true }).click();
}

/** The button that sends the form; it says what it will do. */
export function askButton(page: Page): Locator {
  return page.getByRole('contentinfo').getByRole('button', { name: /^(Ask for access|Check out for|Extend by)/ });
}

/** Fills the form in and sends it; policy has answered before. */
export async function askFor(page: Page, resource: string, { minutes, why, actions = [] }: Wish = {}): Promise<void> {
  await openForm(page, resource);
  for (const action of actions) await choose(page, action);
  if (why !== undefined) await page.getByRole('textbox', { name: /^Why/ }).fill(why);
  if (minutes !== undefined) await chooseMinutes(page, minutes);
  await verdict(page).getByRole('strong').waitFor();
  await askButton(page).click();
  await page.getByRole('tab', { name: 'Access' }).waitFor();
}

/** What policy says in the form, once it is about the wish as it stands. */
export function verdict(page: Page): Locator {
  return page.locator('.verdict[aria-busy="false"]');
}

/** Asks, and waits until the grant's own buttons are there. */
export async function checkOut(page: Page, resource: string, wish: Wish = {}): Promise<Locator> {
  await askFor(page, resource, wish);
  const grant = card(page, resource);
  await grant.getByRole('timer').waitFor();
  return grant;
}

/** A grant's, a request's or an approval's card, by its name. */
export function card(page: Page, name: string | RegExp): Locator {
  return page.getByRole('listitem', { name });
}

export async function sayDone(page: Page, resource: string): Promise<void> {
  await page.getByRole('button', { name: `Done with ${resource}: end it now` }).click();
  // For a moment its request may stand beside it.
  await card(page, resource).first().waitFor({ state: 'detached' });
}

/** Picks an entry of one of the grant's menus. */
export async function pickFrom(page: Page, menu: Locator, entry: string | RegExp): Promise<void> {
  await menu.click();
  await page.getByRole('menuitem', { name: entry }).click();
}

/** Somebody else sits down at the machine. */
export async function becomePerson(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /Change who you are/ }).click();
  await page.getByRole('menuitemradio', { name }).click();
  await page.getByRole('button', { name: new RegExp(`^${name},.* Change who you are`) }).waitFor();
}
