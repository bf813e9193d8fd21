// What a person does at the window and the tray, in the words that they read there.
import type { Page } from 'playwright-core';
import type { Desk } from '#test/desktop/open-desktop.ts';
import { until } from '#test/desktop/until.ts';

export type Wish = {
  /** Its name in the catalog. */
  readonly name: string;
  readonly why?: string;
  /** The label of the length; as offered without it. */
  readonly length?: string;
};

export type Person = {
  readonly page: Page;
  /** Opens the form and fills it in; policy's live answer is shown when it resolves, with this title. */
  readonly fillForm: (wish: Wish) => Promise<string>;
  /** The one button at the foot of the form. */
  readonly ask: () => Promise<void>;
  readonly open: (tab: 'Access' | 'Approvals' | 'History' | 'Settings') => Promise<void>;
  /** Becomes another of the people of this broker, in the header's menu. */
  readonly become: (name: string) => Promise<void>;
  /** The card of something active. */
  readonly grant: (name: string) => ReturnType<Page['locator']>;
  /** Of several grants each is folded to a line; shows the buttons of this one. */
  readonly unfold: (name: string) => Promise<void>;
  /** The token that the keychain holds for the newest check-out, by a reader that is not ours. */
  readonly tokens: () => Promise<readonly string[]>;
};

export const KEYCHAIN_SERVICE = 'io.daypass.desktop';
const VERDICT = '.verdict:not([aria-busy=true]) .notice';

export function atTheWindow(desk: Desk, page: Page): Person {
  const button = (name: string | RegExp) => page.getByRole('button', { name });
  const back = async (): Promise<void> => {
    if (await button('Back').isVisible()) await button('Back').click();
  };
  const open: Person['open'] = async (tab) => {
    await back();
    await page.getByRole('tab', { name: tab }).click();
  };
  return {
    page,
    open,
    fillForm: async ({ name, why, length }) => {
      await open('Access');
      await button('Check out access…').click();
      await page.getByRole('option', { name }).first().click();
      if (why !== undefined) await page.getByRole('textbox', { name: 'Why' }).fill(why);
      if (length !== undefined) await page.getByText(length, { exact: true }).click();
      const verdict = page.locator(VERDICT);
      await verdict.waitFor();
      return await verdict.locator('strong').first().innerText();
    },
    ask: async () => {
      await page.locator('footer').getByRole('button').last().click();
      await page.getByRole('tab', { name: 'Access' }).waitFor();
    },
    become: async (name) => {
      await back();
      await button(/Change who you are/).click();
      await page.getByRole('menuitemradio', { name }).click();
      await button(new RegExp(`^${name}`)).waitFor();
    },
    grant: (name) => page.getByRole('listitem').filter({ hasText: name }).filter({ hasText: 'until' }),
    unfold: async (name) => {
      const more = button(`More about ${name}`);
      if (await more.isVisible()) await more.click();
    },
    tokens: async () => {
      const items = await desk.keychain.list({ service: KEYCHAIN_SERVICE });
      return items.filter(({ attributes }) => attributes['username']?.startsWith('copy:')).map(({ secret }) => secret);
    },
  };
}

/** Waits until what a person sees holds. Throws with `what` when it does not. */
export async function see(what: string, holds: () => Promise<boolean>): Promise<void> {
  await until(what, async () => ((await holds()) ? true : undefined));
}
