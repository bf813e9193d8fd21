import { expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { NOW_MS } from './fixtures/cards.ts';
import { sink, WELL } from './fixtures/sink-states.ts';
import { STATES } from './fixtures/states.ts';
import { useWindow } from './use-window.ts';
import type { Look } from './window-page.ts';

const SECRET = `whsec_${'c2VjcmV0'.repeat(5)}`;
const PLACE: Look = { route: { screen: 'sinks' } };

const { open: openWindow, sent, push } = useWindow();
let page: Page;

async function open(state: DesktopState, look: Look = PLACE): Promise<void> {
  page = await openWindow(state, look);
}

const button = (name: string) => page.getByRole('button', { name, exact: true });
const field = (name: string | RegExp) => page.getByRole('textbox', { name });
const choose = async (kind: string): Promise<void> =>
  await page.getByRole('radio', { name: kind }).check({ force: true });
const main = async (): Promise<string> => await page.locator('main').innerText();

it('says of each place how it stands, the broker’s log first, and who set it', async () => {
  await open(STATES.sinks_trouble);
  const rows = await page.locator('.place').allInnerTexts();
  expect(rows).toHaveLength(5);
  expect(rows[0]).toContain('The broker’s log');
  expect(rows[1]).toContain('Stuck for 2 hours: it could not prove who it is. Tell your administrator.');
  expect(rows[1]).toContain('Set by your organisation');
  expect(rows[2]).toContain(
    'Stuck for 5 minutes: it refused the secret. Give it a new one. 12 records wait; none is lost.',
  );
  expect(rows[3]).toContain('3 records were refused for good.');
  expect(rows[4]).toContain('It is tried again by itself. 1 record waits; none is lost.');
  // Nothing of the organisation's can be changed here.
  expect(await page.locator('.place').nth(1).getByRole('button').allInnerTexts()).toEqual([
    'Try now',
    'Send a test record',
  ]);
  expect(await page.getByRole('tab', { name: /Settings/ }).innerText()).toContain('the log needs a look');
});

it('leads from the tray to the place, with the focus there', async () => {
  await open(STATES.sinks_trouble, { ...PLACE, height: 420 });
  const focused = page.locator('.place-section:focus');
  await focused.waitFor();
  const box = await focused.boundingBox();
  expect(box?.y).toBeLessThan(300);
});

it('adds a webhook: says what is wrong, sends the secret once, and has it nowhere afterwards', async () => {
  await open(STATES.sinks_well);
  await button('Add a place…').click();
  await choose('Webhook');
  await button('Add').click();
  expect(await sent('add-sink')).toEqual([]);
  await page.getByText('Needed: it signs each delivery.').waitFor();
  await field('Address').fill('siem.acme.example/hook');
  await field('Name').fill('copy');
  await page.getByText('There is one of this name already.').waitFor();
  await field('Name').fill('siem');
  const secret = page.getByLabel('Secret', { exact: true });
  expect(await secret.getAttribute('type')).toBe('password');
  await secret.fill(`${SECRET}\n`);
  await button('Add').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await sent('add-sink')).toEqual([
    { kind: 'webhook', name: 'siem', url: 'https://siem.acme.example/hook', secret: SECRET },
  ]);
  await button('Add a place…').click();
  await choose('Webhook');
  expect(await secret.inputValue()).toBe('');
  expect(await page.content()).not.toContain(SECRET);
});

it('keeps what was typed when the main process refuses it, and says why', async () => {
  await open(STATES.sinks_well);
  await page.evaluate(() =>
    window.desk.reply('add-sink', [{ ok: false, error: { code: 'keychain_locked', title: 'locked', detail: null } }]),
  );
  await button('Add a place…').click();
  await field('Address').fill('otel.acme.example');
  await page.getByLabel(/^Its value/).fill('Bearer 1234');
  expect(await field('Address').inputValue()).toBe('https://otel.acme.example/v1/logs');
  await button('Add').click();
  await page.getByText('Your keychain is locked').waitFor();
  expect(await sent('add-sink')).toEqual([
    {
      kind: 'otlp',
      name: 'collector-2',
      url: 'https://otel.acme.example/v1/logs',
      header: { name: 'Authorization', value: 'Bearer 1234' },
    },
  ]);
  expect(await field('Name').inputValue()).toBe('collector-2');
});

it('writes a file only into a folder from the system’s own window', async () => {
  await open(STATES.sinks_well, { ...PLACE, replies: { 'choose-sink-folder': { folder: '/home/ana/audit' } } });
  await button('Add a place…').click();
  await choose('File');
  expect(await page.getByRole('dialog').getByRole('textbox').count()).toBe(1);
  await button('Add').click();
  await page.getByText('Choose a folder first.').waitFor();
  await button('Choose…').click();
  await page.getByText('/home/ana/audit', { exact: true }).waitFor();
  await button('Add').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await sent('add-sink')).toEqual([{ kind: 'file', name: 'copy-2', folder: '/home/ana/audit' }]);
});

it('tells in words what became of a test, and offers what helps', async () => {
  await open(STATES.sinks_trouble);
  const collector = page.locator('.place').nth(2);
  await page.evaluate(() =>
    window.desk.reply('test-sink', [
      { ok: true, value: { result: 'failed', code: 'unauthorized' } },
      { ok: true, value: { result: 'accepted', code: null } },
    ]),
  );
  const status = collector.getByRole('status');
  await collector.getByRole('button', { name: 'Send a test record' }).click();
  await expect
    .poll(async () => await status.innerText())
    .toBe('Not accepted: it refused the secret. Give it a new one.');
  await collector.getByRole('button', { name: 'New secret…' }).click();
  await button('Use this secret').click();
  await page.getByText('Type or paste it.').waitFor();
  await page.getByLabel('Value of its header').fill('Bearer another');
  await button('Use this secret').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await sent('set-sink-secret')).toEqual([{ name: 'collector', secret: 'Bearer another' }]);
  await collector.getByRole('button', { name: 'Send a test record' }).click();
  await expect.poll(async () => await status.innerText()).toBe('Sent and accepted.');
  await page.evaluate(() => window.desk.reply('resend-sink', [{ ok: true, value: { records: 3 } }]));
  await page.getByRole('button', { name: 'Send again' }).click();
  await expect.poll(async () => await sent('resend-sink')).toEqual([{ name: 'copy' }]);
});

it('asks before the log stops going to a place', async () => {
  await open(STATES.sinks_well);
  await button('More for collector').click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await page.getByRole('dialog', { name: 'Stop sending the log to collector?' }).waitFor();
  await button('Cancel').click();
  expect(await sent('remove-sink')).toEqual([]);
  await button('More for collector').click();
  await page.getByRole('menuitem', { name: 'Remove…' }).click();
  await button('Remove').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await sent('remove-sink')).toEqual([{ name: 'collector' }]);
});

it('says beside the trail that it does not reach a place, and only then', async () => {
  await open(STATES.sinks_well, { route: { screen: 'history' } });
  await page.locator('.fact').first().waitFor();
  expect(await main()).not.toContain('does not reach');
  const needy = sink('siem', {
    state: { kind: 'stuck', code: 'refused', records: 2, sinceMs: NOW_MS - 600_000, needsPerson: true },
    needsLook: true,
  });
  await push({ ...STATES.sinks_well, sinks: [...WELL, needy] });
  await page.getByText('The log does not reach siem').waitFor();
  await button('Look at it').click();
  await page.locator('.place-section:focus').waitFor();
});
