// Lee, an administrator, and Jo, of the team that owns the data about people, look after what Ana has: at their own
// windows, by hand. What they end is gone from Ana's machine and refused at the gateways.
import { readFile, writeFile } from 'node:fs/promises';
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { until } from '#test/desktop/until.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, JO_BERG, LEE } from '#test/support/oidc/accounts.ts';
import { signInWithChromium } from '#test/support/oidc/sign-in-with-chromium.ts';
import { useTeam, type Seat } from '../support/team/use-team.ts';
import { onlyToken, PENGUINS_FILE, statusOf, tokensIn } from '../support/tokens.ts';
import { askFor, card, checkOut, CONGRESS, MONEY, openForm, openTab, PENGUINS } from '../support/window.ts';

const EMERGENCY = 'The nightly export is corrupt and the report is due at six.';
/** Today it is her turn. */
const ANA_ON_CALL = { ...ANA, roles: [...ANA.roles, 'oncall'] };
const my = useTeam({
  people: { ana: ANA_ON_CALL, jo: JO_BERG, lee: LEE },
  provider: { accounts: [ANA_ON_CALL, JO_BERG, LEE] },
  // What needs two people counts only right after a sign-in.
  signedInAgoMs: { lee: 20 * MINUTE_MS },
});

describe('an administrator', () => {
  it('sees who has what now, and revokes it with a reason that its holder reads', async () => {
    const { ana, jo, lee } = my;
    await checkOut(ana.page, PENGUINS);
    const token = await onlyToken(ana.desk);
    // It is not Jo's to see: another team owns it.
    await openPart(jo, 'Now');
    await jo.page.getByRole('heading', { name: 'Nobody has anything now' }).waitFor();
    await openPart(lee, 'Now');
    const holder = card(lee.page, 'Ana Lima');
    await holder.getByRole('button', { name: `Revoke the access of Ana Lima to ${PENGUINS}` }).click();
    await answerSheet(lee, 'Revoke this access?', 'The report is out.', 'Revoke');
    await lee.page.getByRole('heading', { name: 'Nobody has anything now' }).waitFor();
    for (const { gatewayUrl } of my.replicas) expect(await statusOf(gatewayUrl, PENGUINS_FILE, token)).toBe(401);
    const told = await ana.desk.notifications.find('Access was revoked');
    expect(told.body.split('\n')[1]).toBe('The report is out.');
    expect(await tokensIn(ana.desk)).toEqual([]);
  });

  it('ends everything of a person: what they hold, and what they wait for', async () => {
    const { ana, lee } = my;
    await checkOut(ana.page, PENGUINS);
    const token = await onlyToken(ana.desk);
    await askFor(ana.page, CONGRESS);
    await openPart(lee, 'Now');
    await lee.page.getByRole('button', { name: 'End everything of Ana Lima' }).click();
    await answerSheet(lee, 'End everything of Ana Lima?', 'Lost laptop.', 'End everything');
    await ana.desk.notifications.find('Access was revoked');
    const ended = await ana.desk.notifications.find('A request was ended by somebody else');
    expect(ended.body).toBe(`${CONGRESS}\nLost laptop.`);
    await card(ana.page, CONGRESS).getByText('An owner or administrator ended it.').waitFor();
    expect(await tokensIn(ana.desk)).toEqual([]);
    expect(await statusOf(my.replicas[1].gatewayUrl, PENGUINS_FILE, token)).toBe(401);
  });

  it('disables a person: nothing is left on their machine, and they are back when they are enabled', async () => {
    const { ana, lee } = my;
    await checkOut(ana.page, PENGUINS);
    const token = await onlyToken(ana.desk);
    await openPart(lee, 'People');
    await lee.page.getByRole('button', { name: 'Disable Ana Lima' }).click();
    await answerSheet(lee, 'Disable Ana Lima?', 'Left the company.', 'Disable');
    await card(lee.page, 'Ana Lima').getByText('disabled').waitFor();
    for (const { gatewayUrl } of my.replicas) expect(await statusOf(gatewayUrl, PENGUINS_FILE, token)).toBe(401);
    await ana.page.getByText('This account may not use this broker').first().waitFor();
    await ana.desk.notifications.find('Access was revoked');
    await until('an empty keychain', async () => ((await tokensIn(ana.desk)).length === 0 ? true : undefined), 60_000);

    await lee.page.getByRole('button', { name: 'Enable Ana Lima' }).click();
    await answerSheet(lee, 'Enable Ana Lima again?', 'A mistake.', 'Enable');
    await card(lee.page, 'Ana Lima').getByText('disabled').waitFor({ state: 'detached' });
    await openTab(ana.page, 'Settings');
    await ana.signIn(ana.account);
    await openTab(ana.page, 'Access');
    await checkOut(ana.page, PENGUINS);
    expect(await statusOf(my.replicas[0].gatewayUrl, PENGUINS_FILE, await onlyToken(ana.desk))).toBe(200);
  });
});

describe('access that is taken in an emergency', () => {
  it('starts at once, is told to everybody concerned, and is reviewed by an owner who clears it', async () => {
    const { ana, jo, lee } = my;
    await openForm(ana.page, MONEY);
    await ana.page.getByRole('button', { name: 'This is an emergency…' }).click();
    await ana.page.getByRole('textbox', { name: /^What is the emergency/ }).fill(EMERGENCY);
    await ana.page.getByRole('button', { name: /^Take emergency access for/ }).click();
    await ana.page.getByRole('button', { name: 'Take it and tell everybody' }).click();
    const token = await onlyToken(ana.desk);
    const file = '/gateway/dataset/campaign-finance/candidates-2015.csv';
    expect(await statusOf(my.replicas[1].gatewayUrl, file, token)).toBe(200);
    await ana.desk.notifications.find('You have emergency access: its owners are told');
    for (const { desk } of [jo, lee]) {
      const told = await desk.notifications.find('Emergency access was taken, without approval');
      expect(told.urgency).toBe('critical');
      expect(told.body).toMatch(/^Ana Lima · Money of .* · read · .* · restricted\nThe nightly export is corrupt/);
    }

    await openPart(jo, 'Review');
    const finding = jo.page.getByRole('listitem').filter({ hasText: 'Taken in an emergency' }).first();
    await finding.getByRole('button', { name: 'Clear' }).click();
    await jo.page.getByRole('textbox', { name: 'Why it is fine (on record)' }).fill('I was called at night.');
    await jo.page.getByRole('button', { name: 'Clear', exact: true }).last().click();
    await finding.waitFor({ state: 'detached' });
    await openPart(lee, 'Review');
    await lee.page
      .getByRole('button', { name: /Ana Lima.*Money of/ })
      .first()
      .click();
    const sheet = lee.page.getByRole('dialog', { name: 'Access in detail' });
    await sheet.getByText('Cleared by Jo Berg').waitFor();
    await sheet.getByText('“I was called at night.”').waitFor();
    await sheet.getByRole('button', { name: 'Close' }).click();
  });
});

describe('a change that needs two people', () => {
  it('waits at their windows, asks for a fresh sign-in, and is in force at every replica with the second', async () => {
    const { jo, lee } = my;
    const { catalogFile } = my.team.files;
    const catalog = await readFile(catalogFile, 'utf8');
    await writeFile(catalogFile, catalog.replace('sensitivity: confidential', 'sensitivity: internal'));
    for (const replica of my.replicas) replica.hangUp();
    const sensitivity = async (replica = my.replicas[0]): Promise<string | undefined> => {
      const { resources } = expectOk(await (await my.team.client(ANA_ON_CALL, replica)).catalog());
      return resources.find(({ id }) => id === 'dataset:legislators')?.sensitivity;
    };

    const waiting = await changeAt(lee);
    await waiting.getByText('0 of 2 agreed').waitFor();
    expect(await sensitivity()).toBe('confidential');
    const links = (await lee.desk.openedLinks()).length;
    await waiting.getByRole('button', { name: 'Agree…' }).click();
    await answerSheet(lee, 'Agree to this change?', 'The names are public.', 'Agree', async () => {
      const url = await until('the sign-in page', async () => (await lee.desk.openedLinks())[links]);
      await signInWithChromium(url, LEE);
    });
    await waiting.getByText('1 of 2 agreed: Lee Novak').waitFor();
    expect(await sensitivity()).toBe('confidential');

    await (await changeAt(jo)).getByRole('button', { name: 'Agree…' }).click();
    await answerSheet(jo, 'Agree to this change?', '', 'Agree');
    await jo.page.getByRole('heading', { name: 'No change waits' }).waitFor();
    for (const replica of my.replicas)
      await until(`it is in force at ${replica.name}`, async () =>
        (await sensitivity(replica)) === 'internal' ? true : undefined,
      );
  });
});

async function openPart({ page }: Seat, part: 'Now' | 'People' | 'Review' | 'Changes'): Promise<void> {
  await openTab(page, 'Oversight');
  await page.getByRole('tab', { name: part }).click();
}

/** The change that waits, as soon as a replica has read the files. */
async function changeAt(seat: Seat): Promise<Locator> {
  await openPart(seat, 'Changes');
  const waiting = card(seat.page, 'Lower a sensitivity');
  await waiting.waitFor();
  return waiting;
}

/** Gives a reason and presses the button of the sheet, which closes when it was done. */
async function answerSheet(
  { page }: Seat,
  title: string,
  reason: string,
  does: string,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<void> {
  const sheet = page.getByRole('dialog', { name: title });
  await sheet.getByRole('textbox').fill(reason);
  await sheet.getByRole('button', { name: does, exact: true }).click();
  await meanwhile();
  await sheet.waitFor({ state: 'detached' });
}
