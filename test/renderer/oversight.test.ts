import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { COMMANDS } from '#shared/contracts/desktop/commands.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { DAY_MS } from '#shared/domain/time.ts';
import { id } from './fixtures/cards.ts';
import { HOSTILE_REPLIES } from './fixtures/hostile.ts';
import { STATES } from './fixtures/states.ts';
import { CHANGES, DESKTOPS, HELD, largeReview, PEOPLE, REVIEW } from './fixtures/teams.ts';
import { useWindow } from './use-window.ts';
import type { Look } from './window-page.ts';

const { open: openWindow, sent, push } = useWindow();
let page: Page;

type Part = 'now' | 'people' | 'desktops' | 'review' | 'changes' | 'privacy';

async function open(part: Part, replies: Look['replies'] = {}, state: DesktopState = STATES.owner): Promise<void> {
  page = await openWindow(state, { route: { screen: 'oversight', part }, replies });
}

const press = async (name: string | RegExp): Promise<void> => await page.getByRole('button', { name }).first().click();
const dialog = () => page.getByRole('dialog');

it('the fixtures are what the contract says', () => {
  expect(COMMANDS.review.result.parse(REVIEW)).toEqual(REVIEW);
  expect(COMMANDS['who-has-what'].result.parse(HELD)).toEqual(HELD);
  expect(COMMANDS.people.result.parse(PEOPLE)).toEqual(PEOPLE);
  expect(COMMANDS.changes.result.parse(CHANGES)).toEqual(CHANGES);
  expect(COMMANDS.desktops.result.parse(DESKTOPS)).toEqual(DESKTOPS);
});

it('is shown to owners and administrators only, and people to administrators only', async () => {
  await open('people', {}, STATES.team);
  await page.getByRole('tab', { name: 'Access', selected: true }).waitFor();
  expect(await page.getByRole('tab', { name: 'Oversight' }).count()).toBe(0);
  expect(await sent('people')).toEqual([]);
  await push(STATES.owner_only);
  await page.getByRole('tab', { name: 'Oversight' }).click();
  await page.getByRole('tab', { name: 'Now', selected: true }).waitFor();
  expect(await page.getByRole('tab', { name: /People|Desktops|Privacy/ }).count()).toBe(0);
  await page.getByRole('tab', { name: 'Now' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('heading', { name: 'Who had what, when' }).waitFor();
  expect(await sent('people')).toEqual([]);
}, 60_000);

describe('who has what now', () => {
  it('revokes with a reason only, shows what the broker refuses, and reads again', async () => {
    await open('now');
    await press(/^Revoke the access of Bo Lind/);
    expect(await dialog().getByRole('button', { name: 'Revoke' }).isDisabled()).toBe(true);
    await dialog().getByRole('textbox').fill('Wrong data set.');
    await page.evaluate(() =>
      window.desk.reply('revoke-grant', [
        { ok: false, error: { code: 'forbidden', title: '', detail: null } },
        { ok: true, value: null },
      ]),
    );
    await dialog().getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('alert').getByText('You may not do this').waitFor();
    const before = (await sent('who-has-what')).length;
    await dialog().getByRole('button', { name: 'Revoke' }).click();
    await dialog().waitFor({ state: 'detached' });
    expect(await sent('revoke-grant')).toEqual([
      { grantId: HELD[2]?.grantId, reason: 'Wrong data set.' },
      { grantId: HELD[2]?.grantId, reason: 'Wrong data set.' },
    ]);
    await expect.poll(async () => (await sent('who-has-what')).length).toBeGreaterThan(before);
  }, 60_000);

  it('ends everything of a person, and says how far that went', async () => {
    await open('now', { 'end-person': { ended: 2, failed: 1 } });
    await press('End everything of Ana Silva');
    await dialog().getByRole('textbox').fill('Left the team.');
    await dialog().getByRole('button', { name: 'End everything' }).click();
    await expect
      .poll(async () => await sent('end-person'))
      .toEqual([{ person: 'ana-silva', reason: 'Left the team.' }]);
    const live = page.locator('.window > .for-readers[aria-live=polite]');
    await expect
      .poll(async () => await live.textContent())
      .toBe('2 accesses ended. Not yet: 1; it is tried again until it is done.');
  }, 60_000);

  it('keeps what it knew when it cannot read, says that it is older, and reads again', async () => {
    await open('now');
    await page.getByText('Bo Lind').first().waitFor();
    await page.evaluate(() =>
      window.desk.reply('who-has-what', [{ ok: false, error: { code: 'offline', title: '', detail: null } }]),
    );
    await push(STATES.owner_offline);
    await page.getByText('What you see is older').waitFor();
    expect(await page.getByText('Bo Lind').count()).toBeGreaterThan(0);
    await page.evaluate(() => window.desk.reply('who-has-what', [{ ok: true, value: [] }]));
    await page.locator('.read-problem').getByRole('button', { name: 'Try again' }).click();
    await page.getByText('Nobody has anything now').waitFor();
    await page.getByText('What you see is older').waitFor({ state: 'detached' });
  }, 60_000);

  it('says that it reads, and that it takes long, when it does', async () => {
    await open('changes');
    await page.evaluate(
      (value) => window.desk.reply('who-has-what', [{ ok: true, value, delayMs: 7000 }]),
      HELD as unknown,
    );
    await page.getByRole('tab', { name: 'Now' }).click();
    await page.getByText('Reading…').waitFor();
    await page.getByText('takes longer than usual').waitFor();
    await page.getByText('Bo Lind').first().waitFor();
  }, 60_000);
});

it('says of each computer that wants a look what it means and what to do, the others in a line each', async () => {
  await open('desktops');
  const look = page.getByRole('region', { name: 'Look at these' });
  const told = await look.getByRole('listitem').allInnerTexts();
  expect(told.map((text) => text.split('\n')[0])).toEqual(['Kim Ito', 'Bo Lind', 'Jo Park', 'Mei Tan']);
  for (const [index, words] of ['two logs', 'silent, has access', 'went back', 'new key'].entries())
    expect(told[index]).toContain(words);
  expect(told[1]).toContain('19 hr ago');
  const rest = page.getByRole('region', { name: 'All is well' });
  expect(await rest.getByRole('listitem').count()).toBe(3);
  await rest.getByText('never heard').waitFor();
  await page.evaluate(() =>
    window.desk.reply('desktops', [{ ok: false, error: { code: 'broker_unreachable', title: '', detail: null } }]),
  );
  // The last answer stays, and says that it is older.
  await page.getByText('What you see is older').waitFor({ timeout: 40_000 });
  expect(await look.getByRole('listitem').count()).toBe(4);
}, 60_000);

it('disables and enables a person with a reason', async () => {
  await open('people');
  await press('Disable Bo Lind');
  await dialog().getByRole('textbox').fill('Lost laptop.');
  await dialog().getByRole('button', { name: 'Disable' }).click();
  await dialog().waitFor({ state: 'detached' });
  await press('Enable Kim Ito');
  await dialog().getByRole('textbox').fill('Back again.');
  await dialog().getByRole('button', { name: 'Enable' }).click();
  await expect
    .poll(async () => await sent('set-disabled'))
    .toEqual([
      { person: 'bo-lind', disabled: true, reason: 'Lost laptop.' },
      { person: 'kim-ito', disabled: false, reason: 'Back again.' },
    ]);
}, 60_000);

it('agrees to and refuses a change of somebody else, never one’s own', async () => {
  await open('changes');
  await page.getByText(/^Somebody else must agree/).waitFor();
  expect(await page.getByRole('button', { name: 'Agree…' }).count()).toBe(1);
  await press('Agree…');
  await dialog().getByText('restricted becomes confidential').waitFor();
  await dialog().getByRole('button', { name: 'Agree' }).click();
  await dialog().waitFor({ state: 'detached' });
  await press('Refuse…');
  expect(await dialog().getByRole('button', { name: 'Refuse' }).isDisabled()).toBe(true);
  await dialog().getByRole('textbox').fill('Names are still in it.');
  await dialog().getByRole('button', { name: 'Refuse' }).click();
  const { changeId } = CHANGES[0] ?? { changeId: '' };
  await expect
    .poll(async () => await sent('answer-change'))
    .toEqual([
      { changeId, agree: true, reason: '' },
      { changeId, agree: false, reason: 'Names are still in it.' },
    ]);
}, 60_000);

describe('the review', () => {
  it('asks for the time, the resource and what is open, and shows a bar for each access', async () => {
    await open('review');
    await page.locator('.review-bar').first().waitFor();
    expect(await page.locator('.review-bar').count()).toBe(REVIEW.accesses.length);
    await page.getByText('90 days').click();
    await press('Only open');
    await press('Which resource: All resources');
    await page.getByRole('menuitemradio', { name: 'Support chats' }).click();
    await expect
      .poll(async () => (await sent('review')).at(-1))
      .toMatchObject({ resource: 'dataset:support-chats', onlyOpen: true, after: null });
    const last = (await sent('review')).at(-1) as { fromMs: number; toMs: number };
    expect(last.toMs - last.fromMs).toBe(90 * DAY_MS);
    await press('Lanes by: By person');
    await page.getByRole('menuitemradio', { name: 'By resource' }).click();
    await page.locator('.lane-name', { hasText: 'Clickstream EU' }).waitFor();
  }, 60_000);

  it('shows an access in detail, from its bar and by keyboard from the list', async () => {
    await open('review');
    await page.locator('.review-bar.tone-bad').first().click();
    await dialog().getByText('Access in detail').waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    const row = page.locator('.every').getByRole('button', { name: 'Bo Lind Clickstream EU' });
    await row.focus();
    await page.keyboard.press('Enter');
    await dialog().getByText('Cleared by Mei Tan').waitFor();
    const told = await dialog().innerText();
    for (const word of ['never used', 'Jo Park', 'The job was postponed.', 'Weekly evaluation'])
      expect(told).toContain(word);
  }, 60_000);

  it('takes an owner’s answer with a note, and leaves to others what others must answer', async () => {
    await open('review');
    const findings = page.locator('section', { has: page.getByRole('heading', { name: 'To answer' }) });
    await findings.getByRole('button', { name: 'Clear' }).first().click();
    await findings.getByRole('textbox').fill('On call that night.');
    await findings.getByRole('button', { name: 'Clear' }).first().click();
    await expect
      .poll(async () => await sent('answer-finding'))
      .toEqual([{ findingId: id('fnd', 'hours'), answer: 'cleared', note: 'On call that night.' }]);
    await page.getByText('11 accesses, 3 to answer').waitFor();
    await findings.getByRole('button', { name: 'Follow up' }).first().click();
    expect(await findings.getByRole('button', { name: 'Follow up' }).first().isDisabled()).toBe(true);
    const theirs = findings.getByRole('listitem').filter({ hasText: 'Taken in an emergency' });
    expect(await theirs.getByText('Another owner answers this').count()).toBe(1);
    expect(await theirs.getByRole('button', { name: 'Clear' }).count()).toBe(0);
  }, 60_000);

  it('reads on from page to page, once each, and keeps the window light with very many', async () => {
    const { accesses, ...rest } = largeReview(900, 150);
    const pages = [0, 300, 600].map((from) => ({
      ok: true as const,
      value: { ...rest, accesses: accesses.slice(from, from + 300), next: from === 600 ? null : `p${from}` },
    }));
    await open('review');
    await page.locator('.review-bar').first().waitFor();
    const before = (await sent('review')).length;
    await page.evaluate((replies) => window.desk.reply('review', replies), pages);
    await page.getByText('90 days').click();
    await page.getByText('900 accesses').waitFor();
    const asked = (await sent('review')) as { after: string | null }[];
    expect(asked.slice(before).map(({ after }) => after)).toEqual([null, 'p0', 'p300']);
    expect(await page.locator('.review-lane').count()).toBe(12);
    expect(await page.locator('.reviewed').count()).toBe(50);
    await press('Show 138 more');
    await expect.poll(async () => await page.locator('.review-lane').count()).toBe(150);
    expect(await page.locator('.review-bar').count()).toBe(900);
  }, 60_000);
});

it('hostile words of other people are inert and stay within the window, in every part', async () => {
  await open('now', HOSTILE_REPLIES);
  for (const part of ['Now', 'People', 'Desktops', 'Review', 'Changes', 'Privacy']) {
    await page.getByRole('tab', { name: part }).click();
    await page.locator('.holder, .person, .desktop, .review-bar, .change').first().waitFor();
    if (part === 'Review') await page.locator('.review-bar').first().click();
    const facts = await page.evaluate(() => ({
      title: document.title,
      images: document.querySelectorAll('img, script:not([src]), iframe').length,
      text: document.body.textContent,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      overflow: [...document.querySelectorAll('.main, .sheet')].map((box) => box.scrollWidth - box.clientWidth),
    }));
    expect(facts.title).toBe('Daypass');
    expect(facts.images).toBe(0);
    expect(facts.text).toContain('<img src=x onerror=alert(1)>');
    expect(facts.text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/u);
    expect(facts.text.length).toBeLessThan(60_000);
    expect([part, facts.wide, ...facts.overflow]).toEqual([part, 0, ...facts.overflow.map(() => 0)]);
    if (part === 'Review') await page.keyboard.press('Escape');
  }
}, 60_000);
