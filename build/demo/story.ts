// The main job told in steps through the real window and tray: ask, decide, approve, use, release, expire, verify.
// Every step checks its result from outside: the gateway's answers, the clipboard, the keychain by another reader.
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { verifyExport } from '#shared/audit/verify-export.ts';
import { keepNoted, LOGS, noteLogs, type Noted } from './outside.ts';
import { callGateway, sayRows } from './gateway-call.ts';
import { readFigures, type Figures } from './figures.ts';
import { see } from './person.ts';
import type { Play } from './stage.ts';
import { expect } from './steps.ts';
import { askPeople, twoPeople } from './story-approvals.ts';

export type StoryFigures = Figures & {
  readonly revokeLagMs: number;
  /** What was written down of the logs outside of the exports. */
  readonly outside: Noted;
};

const PENGUINS = 'Palmer penguins';
const MODEL = 'wink English language model';

/** Plays it, and leaves both exports in `folder`. Throws at the first step that fails. */
export async function playStory(play: Play, folder: string): Promise<StoryFigures> {
  const token = await useAtOnce(play);
  const outside = await noteOutside(play, folder);
  await useModel(play);
  await askPeople(play);
  await offerLess(play);
  await twoPeople(play);
  const revokeLagMs = await done(play, token);
  await expire(play);
  await endEverything(play);
  return { ...(await verify(play, folder, outside)), revokeLagMs, outside };
}

async function noteOutside({ stage: { dataFolder }, steps: { step } }: Play, folder: string): Promise<Noted> {
  return await step('somebody outside writes down the keys of both logs, and how far they are', async (say) => {
    const noted = await noteLogs(dataFolder);
    await keepNoted(noted, path.join(folder, 'outside'));
    for (const log of LOGS) say(`${log}: key ${noted[log].fingerprint.slice(0, 16)}…, a checkpoint kept`);
    return noted;
  });
}

async function useAtOnce({ stage: { desk, person, at }, steps: { step }, picture }: Play): Promise<string> {
  const { page } = person;
  await step('the first start explains itself', async (say) => {
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await picture('welcome');
    say(await page.getByRole('heading').first().innerText());
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('tab', { name: 'Access' }).waitFor();
    await picture('access-empty');
  });
  await step('request: the form shows what policy says before it is asked', async (say) => {
    const verdict = await person.fillForm({ name: PENGUINS });
    expect(verdict === 'Granted at once', `policy said: ${verdict}`);
    await picture('form-approved');
    say(`${PENGUINS}, one hour: ${verdict}`);
  });
  const token = await step('collect: the token is in the keychain', async (say) => {
    await person.ask();
    await person.grant(PENGUINS).getByRole('button', { name: 'Copy token' }).waitFor();
    const [held] = await person.tokens();
    expect(held !== undefined, 'the keychain holds nothing');
    await picture('access-one');
    say(`another reader finds one item of ${held.length} characters; the window counts down and shows none of it`);
    return held;
  });
  await step('rows of a real dataset, with the token from the clipboard', async (say) => {
    await person.grant(PENGUINS).getByRole('button', { name: 'Copy token' }).click();
    await see('the token on the clipboard', async () => (await desk.clipboard.read()) === token);
    const answer = await callGateway({
      token: await desk.clipboard.read(),
      url: at('dataset:penguins', 'penguins.csv'),
    });
    expect(answer.status === 200, `the gateway answered ${answer.status}`);
    sayRows(say, answer);
  });
  return token;
}

async function useModel({ stage: { person, at }, steps: { step } }: Play): Promise<void> {
  await step('an answer of a real model, through the gateway', async (say) => {
    const before = await person.tokens();
    await person.fillForm({ name: MODEL });
    await person.ask();
    await see('a token for the model', async () => (await person.tokens()).length > before.length);
    const token = (await person.tokens()).find((held) => !before.includes(held)) ?? '';
    const text = 'Daypass gave Ana access at once. She was delighted!';
    const answer = await callGateway({ token, url: at('model:wink-english', 'v1/analyse'), body: { text } });
    expect(answer.status === 200, `the gateway answered ${answer.status}`);
    say(`"${text}"`);
    say(answer.text.replaceAll(/\s+/g, ' ').slice(0, 160));
  });
}

async function offerLess({ stage: { person }, steps: { step }, picture }: Play): Promise<void> {
  await step('a request that is refused before it is sent, with a counter-offer', async (say) => {
    await person.fillForm({ name: PENGUINS });
    await person.page.getByText('Other…', { exact: true }).click();
    await person.page.getByRole('textbox', { name: 'Length' }).fill('5');
    await person.page.getByText('days', { exact: true }).click();
    const offer = person.page.getByRole('button', { name: /^Take .* instead$/ });
    await offer.waitFor();
    await picture('form-denied');
    say(`5 days are refused; one click takes less: ${await offer.innerText()}`);
    await person.page.getByRole('button', { name: 'Back' }).click();
  });
}

async function done({ stage: { person, at }, steps: { step } }: Play, token: string): Promise<number> {
  return await step('Done: wiped here, refused there', async (say) => {
    await person.open('Access');
    await person.unfold(PENGUINS);
    const askedAt = performance.now();
    await person
      .grant(PENGUINS)
      .getByRole('button', { name: /^Done with/ })
      .click();
    const url = at('dataset:penguins', 'penguins.csv');
    // A call that is under way when the grant ends is cut: that is no answer yet.
    await see('the refusal', async () => (await callGateway({ token, url }).catch(() => null))?.status === 401);
    const lagMs = Math.round(performance.now() - askedAt);
    await see('an empty place in the keychain', async () => !(await person.tokens()).includes(token));
    say(`refused ${lagMs} ms after the click, the click itself included; the other reader finds it no more`);
    return lagMs;
  });
}

async function expire({ stage: { desk, person }, steps: { step }, picture }: Play): Promise<void> {
  await step('a short grant, from a link that only fills the form, runs out by itself', async (say) => {
    const before = await person.tokens();
    await desk.openLink('daypass://request?resource=dataset:penguins&actions=read&purpose=evaluation&duration=PT6S');
    await person.page.getByText(/A link filled this in/).waitFor();
    await picture('form-from-link');
    await person.page.locator('.verdict:not([aria-busy=true]) .notice').waitFor();
    await person.ask();
    await see('its token', async () => (await person.tokens()).some((held) => !before.includes(held)));
    await see('its end', async () => (await person.tokens()).every((held) => before.includes(held)));
    say('it is gone from the keychain, and nobody clicked');
  });
}

async function endEverything({ stage: { desk, person }, steps: { step }, picture }: Play): Promise<void> {
  await step('End everything now, from the tray', async (say) => {
    await desk.tray.click(/End everything/);
    await see('an empty keychain', async () => (await person.tokens()).length === 0);
    await person.open('History');
    await person.page.getByText('What happened').waitFor();
    await picture('history');
    await person.open('Settings');
    await picture('settings');
    say('no token is left on this machine');
  });
}

async function verify(
  { stage: { desk, person }, steps: { step }, picture }: Play,
  folder: string,
  outside: Noted,
): Promise<Figures> {
  return await step('both logs, exported from the window and verified', async (say) => {
    const { page } = person;
    await person.open('History');
    // A record that comes in this moment was not verified, and the window says so: then once more.
    await see('a verified log', async () => {
      await page.getByRole('button', { name: 'Verify now' }).click();
      return await page
        .getByText('Log verified')
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
    });
    await page.getByText('Log verified').scrollIntoViewIfNeeded();
    await picture('history-verified');
    await desk.app.answerDialog({ open: [folder] });
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('status').filter({ hasText: folder }).waitFor();
    for (const log of LOGS) {
      const { fingerprint: keyFingerprint, checkpoint: sinceCheckpoint } = outside[log];
      const verified = await verifyExport({ folder: path.join(folder, log), keyFingerprint, sinceCheckpoint });
      if (!verified.ok) throw new Error(`${log}: ${JSON.stringify(verified.error)}`);
      say(`${log}: ${verified.value.records} records, ${verified.value.verdict}`);
    }
    say('self-attested: the owner of this machine holds its keys; a witness elsewhere would make it more');
    return await readFigures(folder);
  });
}
