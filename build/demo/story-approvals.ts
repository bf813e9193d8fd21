// The part of the story in which people are asked: one approves from a notification, two together give less.
import { setTimeout as sleep } from 'node:timers/promises';
import { callGateway, sayRows } from './gateway-call.ts';
import { see } from './person.ts';
import type { Play } from './stage.ts';
import { expect } from './steps.ts';

const PEOPLE = 'Members of the US Congress';
const MONEY = 'Money of candidates';

export async function askPeople({ stage: { desk, person, at }, steps: { step }, picture }: Play): Promise<void> {
  await step('a dataset with personal columns: Ana asks, Jo approves from the notification', async (say) => {
    const verdict = await person.fillForm({ name: PEOPLE, why: 'Count the members by party for the quarterly report' });
    await picture('form-needs-approval');
    say(`policy: ${verdict}`);
    await person.ask();
    await picture('access-waiting');
    await person.become('Jo Berg');
    await person.open('Approvals');
    await picture('approvals');
    // Its buttons do nothing in their first second, so that nobody answers what they did not read.
    await sleep(1500);
    await desk.notifications.press(/Ana Lima|Members of the US Congress/, 'Approve');
    await person.page.getByText('Nothing waits for you').waitFor();
    await picture('approvals-empty');
  });
  await step('the masked view of it', async (say) => {
    const before = await person.tokens();
    await person.become('Ana Lima');
    await person.open('Access');
    const start = person.page.getByRole('button', { name: 'Start now' });
    await see('the access that Jo approved', async () => {
      // Only a person who was away must start it: else it begins by itself while we look.
      if (await start.isVisible()) await start.click({ timeout: 300 }).catch(() => undefined);
      return (await person.tokens()).length > before.length;
    });
    const token = (await person.tokens()).find((held) => !before.includes(held)) ?? '';
    const answer = await callGateway({ token, url: at('dataset:legislators', 'legislators.csv') });
    expect(answer.status === 200 && !answer.text.includes('Cantwell'), 'a name came through the mask');
    await picture('access-many');
    sayRows(say, answer);
  });
}

export async function twoPeople({ stage: { person }, steps: { step }, picture }: Play): Promise<void> {
  const { page } = person;
  const card = page.getByRole('listitem').filter({ hasText: MONEY });
  await step('restricted data: two approvers, and one of them gives less', async (say) => {
    const before = await person.tokens();
    const verdict = await person.fillForm({ name: MONEY, why: 'Totals by party, no names needed' });
    say(`policy: ${verdict}`);
    await person.ask();
    await person.become('Sam Okoye');
    await person.open('Approvals');
    await card.getByRole('button', { name: 'Shorter…' }).click();
    await page.getByRole('dialog').getByText('30 min', { exact: true }).click();
    await picture('approvals-shorter');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Approve/ })
      .click();
    await page.getByText('Nothing waits for you').waitFor();
    say('Sam approves 30 minutes instead of an hour');
    await person.become('Jo Berg');
    await person.open('Approvals');
    await card.getByRole('button', { name: /^Approve/ }).click();
    await page.getByText('Nothing waits for you').waitFor();
    say('Jo, whose team owns it, approves that');
    await person.become('Ana Lima');
    await person.open('Access');
    const start = page.getByRole('button', { name: 'Start now' });
    // Before the story goes on: a card that comes later folds the others, and a token that comes later outlives an end.
    await see('the access that both approved', async () => {
      if (await start.isVisible()) await start.click({ timeout: 300 }).catch(() => undefined);
      return (await person.tokens()).length > before.length;
    });
    await person.grant(MONEY).waitFor();
  });
}
