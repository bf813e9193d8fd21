// Takes a picture of every screen in every state, light and dark: `node test/renderer/screens.ts --out DIR [--only NAME]`.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { PREVIEWS } from './fixtures/past.ts';
import { STATES } from './fixtures/states.ts';
import { access, approvals, form, history, settings, told, verdict, type Scene } from './looks.ts';
import { SINK_SCENES } from './sink-scenes.ts';
import { TEAM_SCENES } from './team-scenes.ts';
import { startWindowHost, type OpenedWindow, type WindowHost } from './window-page.ts';

const ofHistory = async (page: Page): Promise<void> => await page.locator('.fact').first().waitFor();

export const SCENES: readonly Scene[] = [
  { name: 'access', state: 'access' },
  { name: 'access-empty', state: 'empty' },
  { name: 'access-first-start', state: 'first_start' },
  { name: 'access-one', state: 'one' },
  { name: 'access-many', state: 'many' },
  { name: 'access-waiting', state: 'waiting', look: { height: 1180 } },
  { name: 'access-phases', state: 'phases', look: { height: 1050 } },
  { name: 'access-ending', state: 'ending' },
  {
    name: 'access-extend',
    state: 'one',
    act: async (page) => await page.getByRole('button', { name: 'Extend', exact: true }).click(),
  },
  {
    name: 'access-copy-as',
    state: 'one',
    act: async (page) => await page.getByRole('button', { name: 'Copy as…' }).click(),
  },
  {
    name: 'access-end-everything',
    state: 'access',
    act: async (page) => await page.getByRole('button', { name: 'End everything now' }).click(),
  },
  {
    name: 'person-menu',
    state: 'access',
    act: async (page) => await page.getByRole('button', { name: 'Change who you are' }).click(),
  },
  { name: 'form-pick', state: 'empty', look: { route: form(null) } },
  { name: 'form-approval', state: 'empty', look: verdict(PREVIEWS.needs_approval), act: told },
  { name: 'form-approved', state: 'empty', look: verdict(PREVIEWS.approved), act: told },
  { name: 'form-confirmation', state: 'empty', look: verdict(PREVIEWS.needs_confirmation), act: told },
  { name: 'form-denied', state: 'empty', look: { ...verdict(PREVIEWS.denied), height: 760 }, act: told },
  { name: 'form-link', state: 'empty', look: { ...verdict(PREVIEWS.needs_approval, true), height: 760 }, act: told },
  {
    name: 'form-options',
    state: 'empty',
    look: { ...verdict(PREVIEWS.approved), height: 980 },
    act: async (page) => {
      await told(page);
      await page.getByRole('button', { name: 'Start later' }).click();
      await page.getByText('Other…').click();
    },
  },
  { name: 'form-offline', state: 'offline', look: { route: form('dataset:support-chats'), replies: {} } },
  { name: 'approvals', state: 'approvals', look: approvals },
  { name: 'approvals-empty', state: 'empty', look: approvals },
  {
    name: 'approvals-shorter',
    state: 'approvals',
    look: approvals,
    act: async (page) => await page.getByRole('button', { name: 'Shorter…' }).first().click(),
  },
  {
    name: 'approvals-reject',
    state: 'approvals',
    look: approvals,
    act: async (page) => await page.getByRole('button', { name: 'Reject…' }).first().click(),
  },
  { name: 'history', state: 'access', look: { ...history, height: 900 }, act: ofHistory },
  { name: 'history-small', state: 'access', look: history, act: ofHistory },
  {
    name: 'history-month',
    state: 'not_verified',
    look: { ...history, height: 1100 },
    act: async (page) => {
      await page.getByText('30 days').click();
      await ofHistory(page);
    },
  },
  { name: 'history-verify-failed', state: 'verify_failed', look: { ...history, height: 1250 }, act: ofHistory },
  {
    name: 'history-change-key',
    state: 'verify_failed',
    look: history,
    act: async (page) => {
      await ofHistory(page);
      await page.getByRole('button', { name: 'Change key' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'settings', state: 'access', look: { ...settings, height: 1190 } },
  { name: 'settings-managed', state: 'managed', look: { ...settings, height: 1250 } },
  ...(
    [
      'locked',
      'starting',
      'offline',
      'port_taken',
      'configuration_refused',
      'in_use',
      'stopped',
      'start_failed',
      'disk_full',
      'keychain_none',
      'memory_only',
      'keychain_locked',
      'keychain_failed',
      'clock_jump',
      'sync_stuck',
      'sync_alarm',
      'log_restored',
    ] as const
  ).map((state) => ({ name: `trouble-${state.replaceAll('_', '-')}`, state })),
  ...TEAM_SCENES,
  ...SINK_SCENES,
  { name: 'hostile-access', state: 'hostile', look: { height: 1200 } },
  { name: 'hostile-approvals', state: 'hostile', look: { ...approvals, height: 900 } },
  { name: 'zoomed-access', state: 'zoomed', look: { height: 900 } },
  { name: 'zoomed-form', state: 'zoomed', look: { ...verdict(PREVIEWS.needs_approval), height: 1200 }, act: told },
  { name: 'zoomed-approvals', state: 'zoomed', look: { ...approvals, height: 900 } },
  { name: 'wide', state: 'access', look: { width: 980, height: 760 } },
  { name: 'forced-colors', state: 'access', look: { forcedColors: 'active' } },
];

export type Stage = {
  /** Shows a scene, ready to be looked at. The window is the caller's until the next scene. */
  readonly show: (scene: Scene, theme: 'light' | 'dark') => Promise<OpenedWindow>;
};

/** One window for all scenes; a scene in which somebody acts leaves menus and sheets behind, so the next one is new. */
export function stageOf(host: WindowHost): Stage {
  let opened: OpenedWindow | null = null;
  let isUsed = false;
  return {
    show: async (scene, theme) => {
      const look = { route: access, ...scene.look, theme };
      if (opened !== null && !isUsed) await opened.show(STATES[scene.state], look);
      else {
        await opened?.close();
        opened = await host.open(STATES[scene.state], look);
      }
      isUsed = scene.act !== undefined || STATES[scene.state].welcome;
      opened.faults.splice(0);
      await scene.act?.(opened.page);
      return opened;
    },
  };
}

async function takePictures(out: string, only: string | undefined): Promise<number> {
  await mkdir(out, { recursive: true });
  const host = await startWindowHost();
  let taken = 0;
  try {
    const stage = stageOf(host);
    for (const scene of SCENES.filter((each) => only === undefined || each.name.startsWith(only))) {
      for (const theme of ['light', 'dark'] as const) {
        const { page, faults } = await stage.show(scene, theme);
        await page.waitForTimeout(scene.name.startsWith('form') ? 400 : 150);
        await page.screenshot({ path: path.join(out, `${scene.name}.${theme}.png`) });
        if (faults.length > 0) console.error(scene.name, faults);
        taken += 1;
      }
    }
  } finally {
    await host.close();
  }
  return taken;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string' } } });
  if (values.out === undefined) {
    console.error('usage: node test/renderer/screens.ts --out DIR [--only NAME]');
    process.exitCode = 2;
  } else {
    console.log(`${await takePictures(path.resolve(values.out), values.only)} pictures in ${values.out}`);
  }
}
