// The scenes of where the log goes.
import type { Page } from 'playwright-core';
import { history, type Scene } from './looks.ts';
import type { Look } from './window-page.ts';

const place: Look = { route: { screen: 'sinks' } };

const adding =
  (kind: 'Collector' | 'Webhook' | 'File', then: (page: Page) => Promise<void> = async () => undefined) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Add a place…' }).click();
    await page.getByRole('radio', { name: kind }).check({ force: true });
    await then(page);
  };

export const SINK_SCENES: readonly Scene[] = [
  { name: 'sinks', state: 'sinks_well', look: { ...place, height: 860 } },
  { name: 'sinks-none', state: 'empty', look: place },
  { name: 'sinks-trouble', state: 'sinks_trouble', look: { ...place, height: 1180 } },
  { name: 'sinks-team-offline', state: 'sinks_team', look: { ...place, height: 860 } },
  { name: 'sinks-keychain-locked', state: 'sinks_locked', look: { ...place, height: 760 } },
  { name: 'sinks-alarm', state: 'sinks_alarm', look: { ...place, height: 1000 } },
  {
    name: 'sinks-tested',
    state: 'sinks_well',
    look: { ...place, height: 860, replies: { 'test-sink': { result: 'failed', code: 'not_found' } } },
    act: async (page) => {
      await page.getByRole('button', { name: 'Send a test record' }).nth(1).click();
      await page.getByText('Not accepted').waitFor();
    },
  },
  {
    name: 'sinks-menu',
    state: 'sinks_well',
    look: { ...place, height: 860 },
    act: async (page) => await page.getByRole('button', { name: 'More for collector' }).click(),
  },
  {
    name: 'sinks-remove',
    state: 'sinks_well',
    look: place,
    act: async (page) => {
      await page.getByRole('button', { name: 'More for collector' }).click();
      await page.getByRole('menuitem', { name: 'Remove…' }).click();
    },
  },
  {
    name: 'sinks-new-secret',
    state: 'sinks_trouble',
    look: { ...place, height: 760 },
    act: async (page) => await page.getByRole('button', { name: 'New secret…' }).click(),
  },
  { name: 'sinks-add', state: 'sinks_well', look: { ...place, height: 760 }, act: adding('Collector') },
  {
    name: 'sinks-add-wrong',
    state: 'sinks_well',
    look: { ...place, height: 860 },
    act: adding('Webhook', async (page) => {
      await page.getByRole('textbox', { name: 'Address' }).fill('http://siem.acme.example/hook');
      await page.getByRole('textbox', { name: 'Name' }).fill('Copy of mine');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
    }),
  },
  {
    name: 'sinks-add-file',
    state: 'sinks_well',
    look: { ...place, height: 760, replies: { 'choose-sink-folder': { folder: '/home/ana/Documents/audit' } } },
    act: adding('File', async (page) => {
      await page.getByRole('button', { name: 'Choose…' }).click();
      await page.getByText('/home/ana/Documents/audit').waitFor();
    }),
  },
  { name: 'sinks-small', state: 'sinks_trouble', look: place },
  { name: 'sinks-wide', state: 'sinks_trouble', look: { ...place, width: 980, height: 860 } },
  { name: 'hostile-sinks', state: 'sinks_evil', look: { ...place, height: 860 } },
  {
    name: 'history-sink-stuck',
    state: 'sinks_trouble',
    look: { ...history, height: 1250 },
    act: async (page) => await page.locator('.fact').first().waitFor(),
  },
];
