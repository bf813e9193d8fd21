// axe-core on the real app's screens, in light and in dark, with its own data.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { useDaypass } from './support/use-daypass.ts';
import {
  askFor,
  becomePerson,
  card,
  checkOut,
  choose,
  chooseMinutes,
  CONGRESS,
  openForm,
  openTab,
  passWelcome,
  PENGUINS,
  verdict,
} from './support/window.ts';

const my = useDaypass({ welcome: true });
const checked: string[] = [];

/** Both looks of what is on the screen now. */
async function expectClean(screen: string): Promise<void> {
  const { page, desk } = my;
  for (const dark of [false, true]) {
    await desk.app.running.setSystemDark(dark);
    await becomes(`matchMedia('(prefers-color-scheme: dark)').matches === ${dark}`);
    expect(await violations(page), `${screen}, ${dark ? 'dark' : 'light'}`).toEqual([]);
    checked.push(`${screen} ${dark ? 'dark' : 'light'}`);
  }
}

/** Asked from outside: the page's own policy lets nobody poll in it with text. */
async function becomes(fact: string): Promise<void> {
  await until(fact, async () => ((await my.page.evaluate<boolean>(fact)) ? true : undefined));
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  // A colour that is on its way from light to dark is neither.
  await becomes(
    "document.getAnimations().every((each) => each.playState === 'finished' || each.effect.getTiming().iterations === Infinity)",
  );
  // What the component library says once to a screen reader stays for seconds, by then named after what may be gone.
  const where = JSON.stringify({ exclude: [['[data-live-announcer]']] });
  // The faults alone are told, and no style sheet is read again for a rule that is not among those that run.
  const options = JSON.stringify({ resultTypes: ['violations'], preload: false, selectors: false });
  const found = await page.evaluate<axe.Result[]>(`axe.run(${where}, ${options}).then(({ violations }) => violations)`);
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

describe('no screen breaks a rule of axe', () => {
  it('the first start', async () => {
    await expectClean('welcome');
    await passWelcome(my.page);
  });

  it('Access with nothing, Approvals with nothing, History, Settings', async () => {
    const { page } = my;
    for (const tab of ['Access', 'Approvals', 'History', 'Settings'] as const) {
      await openTab(page, tab);
      await expectClean(tab);
    }
  });

  it('the form: the choice, what is granted, what is refused with a counter-offer', async () => {
    const { page } = my;
    await openTab(page, 'Access');
    await page.getByRole('button', { name: 'Check out access…' }).click();
    await page.getByRole('option', { name: PENGUINS }).waitFor();
    await expectClean('choice');
    await page.keyboard.press('Escape');
    await openForm(page, PENGUINS);
    await verdict(page).getByText('Granted at once').waitFor();
    await expectClean('form');
    await chooseMinutes(page, 1);
    await choose(page, 'days');
    await page.getByRole('textbox', { name: 'Length' }).fill('4');
    await page.getByRole('button', { name: 'Take 3 days instead' }).waitFor();
    await expectClean('refused');
    await page.keyboard.press('Escape');
  });

  it('Access with a grant, with a menu open, with the last question, with a waiting request', async () => {
    const { page } = my;
    const grant = await checkOut(page, PENGUINS);
    await askFor(page, CONGRESS, { why: 'To check the screen' });
    await card(page, CONGRESS).getByText('0 of 1 approvals').waitFor();
    await expectClean('grants');
    await grant.getByRole('button', { name: 'Copy as…' }).click();
    await page.getByRole('menuitem').first().waitFor();
    await expectClean('menu');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'End everything now' }).click();
    await page.getByRole('dialog').waitFor();
    await expectClean('question');
    await page.keyboard.press('Escape');
  });

  it('Approvals with a request, and its two questions', async () => {
    const { page } = my;
    await becomePerson(page, 'Jo Berg');
    await openTab(page, 'Approvals');
    const request = card(page, `Ana Lima asks for ${CONGRESS}`);
    await request.waitFor();
    await expectClean('approval');
    for (const button of ['Shorter…', 'Reject…']) {
      await request.getByRole('button', { name: button }).click();
      await page.getByRole('dialog').waitFor();
      await expectClean(button);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it('History with facts, and the locked window', async () => {
    const { page, desk } = my;
    await becomePerson(page, 'Ana Lima');
    await openTab(page, 'History');
    await page.getByRole('region', { name: 'What happened' }).getByRole('listitem').first().waitFor();
    await expectClean('history');
    desk.session.lock();
    await page.getByRole('heading', { name: /locked/i }).waitFor();
    await expectClean('locked');
    desk.session.unlock();
  });
});

afterAll(() => {
  expect(new Set(checked).size).toBe(32);
});
