// Words of other people that try to be more than words: markup, turned reading direction, control characters, too much.
// They stay words in the window, the tray and the notifications.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { Desk } from '#test/desktop/open-desktop.ts';
import type { TrayEntry } from '#test/desktop/desk/tray.ts';
import { ask, checkOut, knock, must, nextAttempt, PATIENCE_MS, served, stateThat, wishFor } from './support/knock.ts';
import { type Daypass, openDaypass } from './support/open-daypass.ts';

/** Every piece is one attack; the word is there so that it can be seen that the rest was shown as words. */
const HOSTILE =
  'EVIL<img src=x onerror="globalThis.hit=1">&lt;b&gt;\u202e\u2066gpj\u2069\u0007\u001b[31m\u200b\u2028\0_x';
/** The same as far as the broker's API takes it from people: it refuses control characters. */
const SPOKEN = HOSTILE.replace(/\p{Cc}/gu, '');
/** What must never reach a person's eyes: control characters and what turns or hides text. */
const HARMFUL = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\n\u200c\u200d]]/v;

async function makeHostile({ configFile }: Daypass['files']): Promise<void> {
  const folder = path.dirname(configFile);
  await edit(path.join(folder, 'catalog.yaml'), (document) => {
    for (const index of [0, 1, 2]) {
      document.setIn(['resources', index, 'name'], `${HOSTILE} ${index}`);
      document.setIn(['resources', index, 'description'], HOSTILE.repeat(15));
      document.setIn(['resources', index, 'licence'], HOSTILE);
    }
  });
  await edit(configFile, (document) => {
    for (const index of [0, 1]) {
      document.setIn(['identity', 'embedded', 'users', index, 'displayName'], `${HOSTILE} ${index}`);
    }
  });
}

async function edit(file: string, change: (document: ReturnType<typeof parseDocument>) => void): Promise<void> {
  const document = parseDocument(await readFile(file, 'utf8'));
  change(document);
  await writeFile(file, document.toString());
}

it('keeps hostile words words, wherever they show', { timeout: 3 * PATIENCE_MS }, async () => {
  await using daypass = await openDaypass({ prepare: makeHostile });
  const { desk } = daypass;
  const page = await desk.window();
  await served(page);
  await must(page, 'close-welcome', null);
  await checkOut(page);
  await inert(page, 'the grant');
  await page
    .getByRole('button', { name: /Check out access/ })
    .first()
    .click();
  await inert(page, 'the form');
  await page.keyboard.press('Escape');
  const controls = { ...hostileWish(), justification: HOSTILE };
  expect(await knock(page, 'ask', { wish: controls, attempt: nextAttempt() })).toMatchObject({ ok: false });
  const requestId = await ask(page, hostileWish());
  await stateThat(page, 'the waiting request', ({ requests }) => requests.some(({ phase }) => phase === 'waiting'));
  await inert(page, 'the waiting request');
  await answerAsJo(page, requestId);
  await must(page, 'choose-person', { user: 'ana' });
  await stateThat(page, 'the refusal', ({ requests }) => requests.some(({ phase }) => phase === 'rejected'));
  await inert(page, 'the refusal');
  await page
    .getByRole('tab', { name: /History/ })
    .or(page.getByRole('link', { name: /History/ }))
    .first()
    .click();
  await inert(page, 'the history');
  await inertAround(desk);
});

function hostileWish(): ReturnType<typeof wishFor> {
  const justification = SPOKEN.repeat(40).slice(0, 2000);
  return { ...wishFor({ resource: 'dataset:legislators' }), justification, ticket: SPOKEN };
}

async function answerAsJo(page: Page, requestId: string): Promise<void> {
  await must(page, 'choose-person', { user: 'jo' });
  const { approvals } = await stateThat(page, 'the approval', (state) => state.approvals.length > 0);
  await page
    .getByRole('tab', { name: /Approvals/ })
    .or(page.getByRole('link', { name: /Approvals/ }))
    .first()
    .click();
  await inert(page, 'the approval');
  const { scopeHash = '' } = approvals.find((one) => one.requestId === requestId) ?? {};
  const reason = SPOKEN.repeat(10).slice(0, 1000);
  await must(page, 'answer', {
    requestId,
    scopeHash,
    answer: 'reject',
    reason,
    narrowToMs: null,
    narrowToActions: null,
  });
}

type Seen = {
  readonly ran: boolean;
  readonly elements: number;
  readonly shown: string;
  readonly attributes: readonly string[];
};

const LOOK = `({
  ran: globalThis.hit !== undefined,
  elements: document.querySelectorAll('img[src="x"], [onerror], script:not([src])').length,
  shown: document.body.innerText,
  attributes: [...document.querySelectorAll('*')].flatMap((each) => [...each.attributes].map(({ value }) => value)),
})`;

async function inert(page: Page, where: string): Promise<void> {
  await page.getByText('EVIL').first().waitFor({ timeout: PATIENCE_MS });
  const { ran, elements, shown, attributes } = await page.evaluate<Seen>(LOOK);
  expect({ where, ran, elements }).toEqual({ where, ran: false, elements: 0 });
  expect(HARMFUL.test(shown), where).toBe(false);
  expect(
    attributes.filter((value) => HARMFUL.test(value)),
    where,
  ).toEqual([]);
  expect(shown.length, where).toBeLessThan(40_000);
}

async function inertAround(desk: Desk): Promise<void> {
  const labels = (entries: readonly TrayEntry[]): readonly string[] =>
    entries.flatMap(({ label, children }) => [label, ...labels(children)]);
  const tray = [...labels(await desk.tray.menu()), await desk.tray.tooltip()];
  expect(tray.some((label) => label.includes('EVIL'))).toBe(true);
  const told = desk.notifications.list().flatMap(({ title, body, actions }) => [title, body, ...actions]);
  expect(told.some((text) => text.includes('EVIL'))).toBe(true);
  for (const text of told) expect(text).not.toMatch(/[<>&]/);
  for (const text of [...tray, ...told]) {
    expect(HARMFUL.test(text), JSON.stringify(text)).toBe(false);
    expect(text.length).toBeLessThan(400);
  }
}

it('refuses a megabyte, and names it without showing it', { timeout: 2 * PATIENCE_MS }, async () => {
  const megabyte = HOSTILE.repeat(Math.ceil(1_000_000 / HOSTILE.length));
  let catalog = '';
  let good = '';
  await using daypass = await openDaypass({
    prepare: async ({ configFile }) => {
      catalog = path.join(path.dirname(configFile), 'catalog.yaml');
      good = await readFile(catalog, 'utf8');
      await edit(catalog, (document) => document.setIn(['resources', 0, 'description'], megabyte));
    },
  });
  const page = await daypass.desk.window();
  await must(page, 'close-welcome', null);
  const { broker } = await stateThat(page, 'the news', (state) => state.broker.kind === 'failed');
  expect(broker).toMatchObject({ code: 'configuration_refused' });
  const shown = await page.evaluate<string>('document.body.innerText');
  expect(shown).not.toContain('EVIL');
  expect(shown.length).toBeLessThan(10_000);
  await writeFile(catalog, good);
  await must(page, 'retry', { what: 'broker' });
  await served(page);
  const wish = { ...wishFor(), justification: megabyte };
  expect(await knock(page, 'ask', { wish, attempt: nextAttempt() })).toMatchObject({ error: { code: 'malformed' } });
});
