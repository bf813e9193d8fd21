// The scenes of a team: connecting, signing in, approving, emergencies, oversight and the review.
import type { Page } from 'playwright-core';
import { HOSTILE_REPLIES } from './fixtures/hostile.ts';
import { PREVIEWS } from './fixtures/past.ts';
import { STATES } from './fixtures/states.ts';
import { largeReview } from './fixtures/teams.ts';
import { PRIVACY_SCENES } from './privacy-scenes.ts';
import { approvals, settings, told, verdict, type Scene } from './looks.ts';
import type { Look } from './window-page.ts';

const connect = (url: string | null): Look => ({ route: { screen: 'connect', url } });
const oversight = (
  part: 'now' | 'people' | 'desktops' | 'review' | 'changes' | 'privacy',
  replies: Look['replies'] = {},
): Look => ({
  route: { screen: 'oversight', part },
  replies,
});
const seen =
  (selector: string) =>
  async (page: Page): Promise<void> =>
    await page.locator(selector).first().waitFor();
const press =
  (...names: readonly (string | RegExp)[]) =>
  async (page: Page): Promise<void> => {
    for (const name of names) await page.getByRole('button', { name }).first().click();
  };
const foundBroker = async (page: Page): Promise<void> => {
  await page.getByRole('textbox').fill('daypass.acme.example');
  await page.getByRole('button', { name: 'Look for it' }).click();
  await page.getByText('Use this broker').waitFor();
};

const emergency = { ...verdict(PREVIEWS.needs_approval), height: 900 };
const toEmergency = async (page: Page): Promise<void> => {
  await told(page);
  await page.getByRole('button', { name: 'This is an emergency…' }).click();
  await page.evaluate((value) => window.desk.reply('preview', [{ ok: true, value }]), PREVIEWS.emergency as unknown);
  await page
    .getByRole('textbox', { name: /^What is the emergency/ })
    .fill('Customers see the chats of others since 14:40.');
  await page.getByText('Granted at once, as an emergency').waitFor();
};

export const TEAM_SCENES: readonly Scene[] = [
  { name: 'access-team', state: 'team_waiting', look: { height: 800 } },
  { name: 'approvals-team', state: 'team_approvals', look: { ...approvals, height: 800 } },
  { name: 'approvals-proving', state: 'team_proving', look: { ...approvals, height: 800 } },
  { name: 'approvals-proving-code', state: 'team_proving_code', look: { ...approvals, height: 900 } },
  { name: 'approvals-fresh', state: 'team_fresh', look: approvals },
  {
    name: 'approvals-proving-sheet',
    state: 'team_approver',
    look: { ...approvals, height: 760 },
    act: async (page) => {
      await page.evaluate(() => window.desk.reply('answer', [{ ok: true, value: null, delayMs: 600_000 }]));
      await page.getByRole('button', { name: 'Shorter…' }).first().click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Approve/ })
        .click();
      await page.evaluate((next) => window.desk.push(next), STATES.team_proving);
      await page.locator('.fresh-steps').waitFor();
    },
  },
  {
    name: 'approvals-gone',
    state: 'team_approver',
    look: approvals,
    act: async (page) => {
      const left = STATES.team_approver.approvals.slice(1);
      await page.evaluate((next) => window.desk.push(next), { ...STATES.team_approver, approvals: left });
      await page.locator('.gone').waitFor();
    },
  },
  { name: 'form-emergency-offer', state: 'team', look: { ...emergency, height: 760 }, act: told },
  { name: 'form-emergency', state: 'team', look: emergency, act: toEmergency },
  {
    name: 'form-emergency-sheet',
    state: 'team',
    look: emergency,
    act: async (page) => {
      await toEmergency(page);
      await page.getByRole('button', { name: /^Take emergency access/ }).click();
    },
  },
  { name: 'form-cooldown', state: 'team', look: { ...verdict(PREVIEWS.cooldown), height: 760 }, act: told },
  { name: 'connect', state: 'access', look: connect(null) },
  { name: 'connect-link', state: 'access', look: connect('https://daypass.acme.example') },
  { name: 'connect-found', state: 'access', look: { ...connect(null), height: 760 }, act: foundBroker },
  { name: 'connect-managed', state: 'team_managed', look: connect('https://evil.example') },
  { name: 'sign-in-never', state: 'never' },
  { name: 'sign-in-signed-out', state: 'signed_out' },
  { name: 'sign-in-expired', state: 'expired' },
  { name: 'sign-in-refused', state: 'refused' },
  { name: 'sign-in-browser', state: 'in_browser' },
  { name: 'sign-in-code', state: 'device_code' },
  { name: 'sign-in-code-held', state: 'device_code_held' },
  { name: 'sign-in-code-zoomed', state: 'device_code_zoomed', look: { height: 900 } },
  { name: 'sign-in-failed', state: 'sign_in_failed' },
  { name: 'settings-team', state: 'team', look: { ...settings, height: 700 } },
  { name: 'settings-team-managed', state: 'team_managed', look: settings },
  { name: 'settings-team-expired', state: 'expired', look: settings },
  { name: 'settings-sign-out', state: 'team', look: settings, act: press('Sign out…') },
  { name: 'settings-disconnect', state: 'team', look: settings, act: press('Disconnect…') },
  { name: 'oversight-now', state: 'owner', look: { ...oversight('now'), height: 760 }, act: seen('.holder') },
  {
    name: 'oversight-revoke',
    state: 'owner',
    look: oversight('now'),
    act: press(/^Revoke the access of Bo Lind/),
  },
  { name: 'oversight-end-person', state: 'owner', look: oversight('now'), act: press('End everything of Ana Silva') },
  { name: 'oversight-empty', state: 'owner', look: oversight('now', { 'who-has-what': [] }), act: seen('.empty') },
  { name: 'oversight-people', state: 'owner', look: oversight('people'), act: seen('.person') },
  {
    name: 'oversight-desktops',
    state: 'owner',
    look: { ...oversight('desktops'), height: 900 },
    act: seen('.desktop'),
  },
  {
    name: 'oversight-desktops-none',
    state: 'owner',
    look: oversight('desktops', { desktops: [] }),
    act: seen('.empty'),
  },
  { name: 'oversight-disable', state: 'owner', look: oversight('people'), act: press('Disable Bo Lind') },
  { name: 'oversight-changes', state: 'owner', look: oversight('changes'), act: seen('.change') },
  { name: 'oversight-agree', state: 'owner', look: oversight('changes'), act: press('Agree…') },
  ...PRIVACY_SCENES,
  { name: 'oversight-zoomed', state: 'owner_zoomed', look: { ...oversight('now'), height: 900 }, act: seen('.holder') },
  { name: 'review', state: 'owner', look: { ...oversight('review'), height: 1500 }, act: seen('.review-bar') },
  { name: 'review-small', state: 'owner', look: oversight('review'), act: seen('.review-bar') },
  {
    name: 'review-wide',
    state: 'owner',
    look: { ...oversight('review'), width: 980, height: 760 },
    act: seen('.review-bar'),
  },
  {
    name: 'review-detail',
    state: 'owner',
    look: { ...oversight('review'), height: 760 },
    act: async (page) => await page.locator('.review-bar:has(.dev.open)').first().click(),
  },
  {
    name: 'review-answer',
    state: 'owner',
    look: { ...oversight('review'), height: 760 },
    act: press('Follow up'),
  },
  {
    name: 'review-many',
    state: 'owner',
    look: { ...oversight('review', { review: largeReview(400, 60) }), height: 900 },
    act: seen('.review-bar'),
  },
  {
    name: 'review-zoomed',
    state: 'owner_zoomed',
    look: { ...oversight('review'), height: 900 },
    act: seen('.review-bar'),
  },
  { name: 'hostile-code', state: 'hostile_code', look: { height: 760 } },
  {
    name: 'hostile-found',
    state: 'access',
    look: { ...connect(null), replies: HOSTILE_REPLIES, height: 900 },
    act: foundBroker,
  },
  { name: 'hostile-now', state: 'owner', look: oversight('now', HOSTILE_REPLIES), act: seen('.holder') },
  {
    name: 'hostile-desktops',
    state: 'owner',
    look: oversight('desktops', HOSTILE_REPLIES),
    act: seen('.desktop'),
  },
  { name: 'hostile-people', state: 'owner', look: oversight('people', HOSTILE_REPLIES), act: seen('.person') },
  { name: 'hostile-changes', state: 'owner', look: oversight('changes', HOSTILE_REPLIES), act: seen('.change') },
  {
    name: 'hostile-review',
    state: 'owner',
    look: { ...oversight('review', HOSTILE_REPLIES), height: 900 },
    act: seen('.review-bar'),
  },
];
