// Legal holds and erasures in the window: who is shown them, what is asked before, and what is said of the rest.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import { COMMANDS } from '#shared/contracts/desktop/commands.ts';
import { hold, PRIVACY, REACH } from './fixtures/privacy.ts';
import { STATES } from './fixtures/states.ts';
import { CHANGES } from './fixtures/teams.ts';
import { startWindowHost, type Look, type OpenedWindow, type WindowHost } from './window-page.ts';

let host: WindowHost;
let opened: OpenedWindow | null = null;
let page: Page;

beforeAll(async () => {
  host = await startWindowHost();
}, 120_000);
afterAll(async () => await host?.close());
afterEach(async () => {
  const faults = opened?.faults ?? [];
  await opened?.close();
  opened = null;
  expect(faults).toEqual([]);
}, 60_000);

async function open(part: 'privacy' | 'people', replies: Look['replies'] = {}): Promise<void> {
  opened = await host.open(STATES.owner, { route: { screen: 'oversight', part }, replies });
  page = opened.page;
}

async function sent(name: CommandName): Promise<unknown[]> {
  const all = await page.evaluate((wanted) => window.desk.sent.filter((each) => each.name === wanted), name);
  return all.map((each) => COMMANDS[name].args.parse(each.args));
}

const dialog = () => page.getByRole('dialog');
const button = (name: string) => dialog().getByRole('button', { name, exact: true });
const said = async (): Promise<string | null> =>
  await page.locator('.window > .for-readers[aria-live=polite]').textContent();

async function choose(who: string, what: 'Legal hold…' | 'Erase…'): Promise<void> {
  await page.getByRole('button', { name: `More for ${who}` }).click();
  await page.getByRole('menuitem', { name: what }).click();
}

it('the fixtures are what the contract says', () => {
  expect(COMMANDS.privacy.result.parse(PRIVACY)).toEqual(PRIVACY);
  expect(COMMANDS['erasure-reach'].result.parse(REACH)).toEqual(REACH);
});

describe('what is shown', () => {
  it('is what waits, which holds stand and why, and what is open of an erasure that was done', async () => {
    await open('privacy');
    const section = (name: string) => page.getByRole('region', { name });
    const holds = await section('Legal holds').getByRole('listitem').allInnerTexts();
    expect(holds.map((text) => text.split('\n')[0])).toEqual(['Bo Lind', 'Ana Silva']);
    expect(holds[0]).toMatch(/placed 12 days ago · Jo Park[^]*Case 4711/);
    const erased = await section('Erased').getByRole('listitem').allInnerTexts();
    expect(erased[0]).toMatch(/not done everywhere[^]*Mei Tan and Jo Park[^]*2 of 3 desktops/);
    expect(erased[0]).toContain('It is tried again each minute');
    expect(erased[1]).toMatch(/^9 days ago[^]*done[^]*after a backup brought it back/);
    expect(erased[2]).not.toMatch(/Not heard of|tried again/);
    await section('Waiting for a second person').getByText('Everything that Kim Ito wrote').waitFor();
  }, 60_000);

  it('says where to begin when there is nothing, and that it is older when it cannot be read', async () => {
    await open('privacy', { privacy: { holds: [], waiting: [], erased: [] } });
    await page.getByText(/^Under People/).waitFor();
    await page.evaluate(() =>
      window.desk.reply('privacy', [{ ok: false, error: { code: 'broker_unreachable', title: '', detail: null } }]),
    );
    await page.evaluate((next) => window.desk.push(next), STATES.owner_offline);
    await page.getByText('What you see is older').waitFor();
    await page.getByText(/^Under People/).waitFor();
  }, 60_000);
});

describe('an erasure', () => {
  it('is asked for only with a reason and the name typed, after it was said what goes', async () => {
    await open('people', { 'erase-person': { state: 'waiting' } });
    await choose('Kim Ito', 'Erase…');
    await dialog().getByText('Requests with words: 31').waitFor();
    await dialog().getByText('A second administrator must agree.').waitFor();
    await dialog().getByRole('textbox', { name: 'Why (on record)' }).fill('Asked for in a letter.');
    const name = dialog().getByRole('textbox', { name: 'Type the name to confirm: Kim Ito' });
    for (const typed of ['', 'kim ito', 'Kim Ito!']) {
      await name.fill(typed);
      expect([typed, await button('Ask for it').isDisabled()]).toEqual([typed, true]);
    }
    await name.fill('Kim Ito');
    await page.evaluate(() =>
      window.desk.reply('erase-person', [
        { ok: false, error: { code: 'forbidden', title: '', detail: 'Somebody else asks for it.' } },
        { ok: true, value: { state: 'waiting' } },
      ]),
    );
    await button('Ask for it').click();
    await page.getByRole('alert').getByText('Somebody else asks for it.').waitFor();
    await button('Ask for it').click();
    await dialog().waitFor({ state: 'detached' });
    expect((await sent('erase-person')).at(-1)).toEqual({
      person: 'kim-ito',
      typed: 'Kim Ito',
      reason: 'Asked for in a letter.',
    });
    await expect.poll(said).toBe('Asked for. A second administrator must agree.');
  }, 60_000);

  it('cannot be asked for while a hold stands: the sheet says which, and asks nothing', async () => {
    await open('people', { 'erasure-reach': { ...REACH, holds: [hold('Kim Ito')] } });
    await choose('Kim Ito', 'Erase…');
    await dialog().getByText('A legal hold refuses it').waitFor();
    await dialog()
      .getByText(/Case 4711/)
      .waitFor();
    expect(await dialog().getByRole('textbox').count()).toBe(0);
    expect(await button('Ask for it').count()).toBe(0);
  }, 60_000);

  it('is agreed to by who has read what it reaches, and taken back by who agreed', async () => {
    await open('privacy');
    await page.getByRole('button', { name: 'Agree…' }).click();
    await dialog().getByText('Requests with words: 31').waitFor();
    expect(await sent('erasure-reach')).toContainEqual({ person: 'kim-ito' });
    await button('Agree').click();
    await dialog().waitFor({ state: 'detached' });
    const mine = { ...PRIVACY, waiting: [{ ...CHANGES[1], mine: false, yours: true }] };
    await page.evaluate((value) => window.desk.reply('privacy', [{ ok: true, value }]), mine as unknown);
    await page.getByRole('tab', { name: 'Changes' }).click();
    await page.getByRole('tab', { name: 'Privacy' }).click();
    await page.getByRole('button', { name: 'Take back…' }).click();
    await dialog().getByRole('textbox').fill('It was the wrong person.');
    await button('Take back').click();
    const { changeId } = CHANGES[1] ?? { changeId: '' };
    await expect
      .poll(async () => await sent('answer-change'))
      .toEqual([
        { changeId, agree: true, reason: '' },
        { changeId, agree: false, reason: 'It was the wrong person.' },
      ]);
  }, 60_000);
});

it('a hold is placed and released with a reason', async () => {
  await open('people', { 'release-hold': { state: 'waiting' } });
  await choose('Bo Lind', 'Legal hold…');
  expect(await button('Place hold').isDisabled()).toBe(true);
  await dialog().getByRole('textbox').fill('A matter before the court.');
  await button('Place hold').click();
  await expect.poll(said).toBe('The hold stands.');
  await page.getByRole('tab', { name: 'Privacy' }).click();
  await page.getByRole('button', { name: 'Release the hold on Bo Lind' }).click();
  await dialog().getByRole('textbox').fill('The matter is closed.');
  await button('Release').click();
  await expect.poll(said).toBe('Asked for. A second administrator must agree.');
  expect(await sent('place-hold')).toEqual([{ person: 'bo-lind', reason: 'A matter before the court.' }]);
  const { holdId } = PRIVACY.holds[0] ?? { holdId: '' };
  expect(await sent('release-hold')).toEqual([{ holdId, reason: 'The matter is closed.' }]);
}, 60_000);
