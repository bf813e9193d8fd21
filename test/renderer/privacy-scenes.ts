// The scenes of legal holds and erasures.
import type { Page } from 'playwright-core';
import { HOSTILE_REPLIES } from './fixtures/hostile.ts';
import { hold, REACH } from './fixtures/privacy.ts';
import type { Scene } from './looks.ts';
import type { Look } from './window-page.ts';

const pane = (part: 'privacy' | 'people', replies: Look['replies'] = {}): Look => ({
  route: { screen: 'oversight', part },
  replies,
});
const shown = async (page: Page): Promise<void> => await page.getByRole('heading', { name: 'Legal holds' }).waitFor();
const ask =
  (who: string, what: 'Legal hold…' | 'Erase…', then: RegExp) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: `More for ${who}` }).click();
    await page.getByRole('menuitem', { name: what }).click();
    await page.getByRole('dialog').getByText(then).first().waitFor();
  };

const NONE = { holds: [], waiting: [], erased: [] };

export const PRIVACY_SCENES: readonly Scene[] = [
  { name: 'privacy', state: 'owner', look: { ...pane('privacy'), height: 1500 }, act: shown },
  { name: 'privacy-small', state: 'owner', look: pane('privacy'), act: shown },
  { name: 'privacy-wide', state: 'owner', look: { ...pane('privacy'), width: 980, height: 760 }, act: shown },
  {
    name: 'privacy-none',
    state: 'owner',
    look: pane('privacy', { privacy: NONE }),
    act: async (page) => await page.locator('.empty').waitFor(),
  },
  {
    name: 'privacy-agree',
    state: 'owner',
    look: { ...pane('privacy'), height: 760 },
    act: async (page) => {
      await page.getByRole('button', { name: 'Agree…' }).click();
      await page.getByText('Requests with words').last().waitFor();
    },
  },
  {
    name: 'privacy-release',
    state: 'owner',
    look: pane('privacy'),
    act: async (page) => await page.getByRole('button', { name: 'Release the hold on Bo Lind' }).click(),
  },
  {
    name: 'privacy-hold',
    state: 'owner',
    look: pane('people'),
    act: ask('Kim Ito', 'Legal hold…', /^Nothing of this/),
  },
  {
    name: 'privacy-erase',
    state: 'owner',
    look: { ...pane('people'), height: 860 },
    act: ask('Kim Ito', 'Erase…', /^Requests with words/),
  },
  {
    name: 'privacy-erase-held',
    state: 'owner',
    look: { ...pane('people', { 'erasure-reach': { ...REACH, holds: [hold('Kim Ito')] } }), height: 760 },
    act: ask('Kim Ito', 'Erase…', /^A legal hold/),
  },
  { name: 'hostile-privacy', state: 'owner', look: { ...pane('privacy', HOSTILE_REPLIES), height: 900 }, act: shown },
];
