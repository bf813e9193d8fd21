// Ana asks on her desktop; Jo, of the team that owns the data, and Sam, another approver, have desktops of their own.
// What each of them does is seen on the others' screens, in the keychain and at the gateways, by real processes.
import { describe, expect, it } from 'vitest';
import type { GrantView } from '#shared/contracts/broker-api.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { until } from '#test/desktop/until.ts';
import { expectOk } from '#test/support/broker-world.ts';
import { ANA, JO_BERG, LEE, SAM } from '#test/support/oidc/accounts.ts';
import { signInWithChromium } from '#test/support/oidc/sign-in-with-chromium.ts';
import { knock, stateThat } from '../support/knock.ts';
import { useTeam, type Seat } from '../support/team/use-team.ts';
import { callGateway, CONGRESS_FILE, onlyToken, statusOf, tokensIn } from '../support/tokens.ts';
import { askFor, card, CONGRESS, MONEY, openForm, openTab, verdict } from '../support/window.ts';

const WAITS = 'Somebody waits for your answer';
const NOTHING_WAITS = 'Nothing waits for you';
const my = useTeam({
  people: { ana: ANA, jo: JO_BERG, sam: SAM },
  // Longer ago than what is confidential allows: the broker will want to see Sam again.
  signedInAgoMs: { sam: 20 * MINUTE_MS },
});

describe('an approval from a notification', () => {
  it('puts the token into the keychain of the other desktop, for the gateway of either replica', async () => {
    const { ana, jo, sam } = my;
    await askFor(ana.page, CONGRESS, { why: 'Which states are missing?' });
    const shown = await jo.desk.notifications.find(WAITS);
    expect(shown.actions).toEqual(['Approve', 'Reject']);
    expect(shown.body).toBe(`Ana Lima · ${CONGRESS} · read · 1 h · confidential\nWhich states are missing?`);
    await waitingAt(sam, CONGRESS);
    await sam.desk.notifications.find(WAITS);
    expect(await tokensIn(ana.desk)).toEqual([]);

    await pressApprove(jo);
    const token = await onlyToken(ana.desk);
    for (const { gatewayUrl } of my.replicas) {
      const answer = await callGateway(gatewayUrl, CONGRESS_FILE, token);
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('Democrat');
      expect(answer.text).not.toContain('Klobuchar');
    }
    // It is gone from the other approver's list and screen, who is told why.
    await sam.page.getByText('Somebody else answered it meanwhile, or it was withdrawn.').waitFor();
    await until('no notification at Sam', () => (isClosed(sam, WAITS) ? true : undefined));
    await openTab(jo.page, 'Approvals');
    await jo.page.getByRole('heading', { name: NOTHING_WAITS }).waitFor();
    expect(await tokensIn(jo.desk)).toEqual([]);
  });

  it('of somebody who did not just sign in is refused by the broker, leads to the sign-in, and then stands', async () => {
    const { ana, sam } = my;
    await askFor(ana.page, CONGRESS, { why: 'Again' });
    await pressApprove(sam);
    await waitingAt(sam, CONGRESS);
    const asked = card(sam.page, `Ana Lima asks for ${CONGRESS}`);
    await asked.getByText('You will be asked to sign in before it counts.').waitFor();
    await until('the broker to refuse it', () => (refusals(sam) > 0 ? true : undefined));
    await card(ana.page, CONGRESS).getByText('0 of 1 approvals').waitFor();
    expect(await sam.desk.openedLinks()).toHaveLength(1);

    await asked.getByRole('button', { name: 'Approve 1 hr' }).click();
    const url = await until('the sign-in page', async () => (await sam.desk.openedLinks())[1]);
    // Else the provider's page would let in whoever sits there.
    expect(new URL(url).searchParams.get('prompt') ?? new URL(url).searchParams.get('max_age')).not.toBeNull();
    expect(await tokensIn(ana.desk)).toEqual([]);
    await signInWithChromium(url, SAM);
    await onlyToken(ana.desk);
    await sam.page.getByRole('heading', { name: NOTHING_WAITS }).waitFor();
  });
});

describe('two approvers at once', () => {
  it('one answer stands, and the other one is told that it was not theirs', async () => {
    const { ana, jo, sam } = my;
    await provenNow(sam);
    await askFor(ana.page, CONGRESS);
    const press = async (seat: Seat): Promise<void> => {
      await waitingAt(seat, CONGRESS);
      // It may go between the look and the press: that is the race, and told in the same words.
      const button = card(seat.page, `Ana Lima asks for ${CONGRESS}`).getByRole('button', { name: 'Approve 1 hr' });
      await button.click({ timeout: 5000 }).catch(() => undefined);
    };
    await Promise.all([press(jo), press(sam)]);
    await onlyToken(ana.desk);
    const told = (seat: Seat) => seat.page.getByText('Somebody else answered it meanwhile').isVisible();
    await until('one of them to be told', async () => {
      const both = await Promise.all([told(jo), told(sam)]);
      return both.filter(Boolean).length === 1 ? true : undefined;
    });
    const { requests } = expectOk(await (await my.team.client(ANA)).requests({ role: 'requester', limit: 1 }));
    expect(requests[0]?.answers).toHaveLength(1);
  });

  it('shows the requester who can answer and who has, until enough of them did', async () => {
    const { ana, jo, sam } = my;
    await provenNow(sam);
    await askFor(ana.page, MONEY, { why: 'The yearly report' });
    const waiting = card(ana.page, MONEY);
    await waiting.getByText('0 of 2 approvals').waitFor();
    const answerer = (text: RegExp) => waiting.getByRole('listitem').filter({ hasText: text });
    await answerer(/Jo Berg.*owner.*has not answered/).waitFor();
    await answerer(/Sam Okoye.*has not answered/).waitFor();

    await approve(sam, MONEY);
    await waiting.getByText('1 of 2 approvals').waitFor();
    await answerer(/Sam Okoye.*approved/).waitFor();
    await answerer(/Jo Berg.*has not answered/).waitFor();
    expect(await tokensIn(ana.desk)).toEqual([]);
    await approve(jo, MONEY);
    await onlyToken(ana.desk);
  });
});

describe('an approver', () => {
  it('gives less than was asked, and the requester reads by whom and how much', async () => {
    const { ana, jo } = my;
    await askFor(ana.page, CONGRESS);
    await waitingAt(jo, CONGRESS);
    await card(jo.page, `Ana Lima asks for ${CONGRESS}`).getByRole('button', { name: 'Shorter…' }).click();
    const sheet = jo.page.getByRole('dialog', { name: 'Approve less' });
    await sheet.getByText('15 min', { exact: true }).click();
    await sheet.getByRole('button', { name: 'Approve 15 min' }).click();
    const told = await ana.desk.notifications.find('You have access');
    expect(told.body).toBe(`${CONGRESS}\nNarrowed to read for 15 min by Jo Berg`);
    await onlyToken(ana.desk);
    expect(await card(ana.page, CONGRESS).getByRole('timer').innerText()).toMatch(/15:00|14:\d\d/);
  });

  it('rejects with words, which reach the requester, and the same may not be asked again at once', async () => {
    const { ana, jo, sam } = my;
    await askFor(ana.page, MONEY);
    await waitingAt(sam, MONEY);
    await waitingAt(jo, MONEY);
    await card(jo.page, `Ana Lima asks for ${MONEY}`).getByRole('button', { name: 'Reject…' }).click();
    const sheet = jo.page.getByRole('dialog', { name: 'Reject this request?' });
    await sheet.getByRole('textbox').fill('Ask for the summary instead.');
    await sheet.getByRole('button', { name: 'Reject', exact: true }).click();
    const told = await ana.desk.notifications.find('Rejected by Jo Berg');
    expect(told.body).toBe(`${MONEY}\nAsk for the summary instead.`);
    await card(ana.page, MONEY).getByText('“Ask for the summary instead.”').waitFor();
    await sam.page.getByText('Somebody else answered it meanwhile').waitFor();

    await openForm(ana.page, MONEY);
    await verdict(ana.page).getByText('Not again so soon').waitFor();
    await verdict(ana.page)
      .getByText(/^You may ask for the same again from/)
      .waitFor();
    await ana.page.getByRole('button', { name: 'Back' }).click();
  });
});

describe('a requester who waits', () => {
  it('may remind the approvers once an hour, and take the request back', async () => {
    const { ana, jo } = my;
    await askFor(ana.page, CONGRESS);
    await jo.desk.notifications.find(WAITS);
    await waitingAt(jo, CONGRESS);
    const waiting = card(ana.page, CONGRESS);
    await waiting.getByRole('button', { name: 'Remind them' }).click();
    await jo.desk.notifications.find('Your answer is still waited for');
    await waiting.getByText(/^You can remind them at/).waitFor();
    const { requests } = await stateThat(ana.page, 'the request', (state) => state.requests.length === 1);
    const again = await knock(ana.page, 'nudge', { requestId: requests[0]?.requestId ?? '' });
    expect(again).toMatchObject({ ok: false, error: { code: 'too_early' } });

    await waiting.getByRole('button', { name: `Withdraw the request for ${CONGRESS}` }).click();
    await waiting.waitFor({ state: 'detached' });
    await jo.page.getByText('Somebody else answered it meanwhile, or it was withdrawn.').waitFor();
    await until('no notification at Jo', () => (isClosed(jo, 'still waited for') ? true : undefined));
    expect(await tokensIn(ana.desk)).toEqual([]);
  });
});

describe('an administrator', () => {
  it('revokes with a reason: refused at both gateways, wiped from the desktop, and its holder reads why', async () => {
    const { ana, jo } = my;
    await askFor(ana.page, CONGRESS);
    await approve(jo, CONGRESS);
    const token = await onlyToken(ana.desk);
    const lee = await my.team.client(LEE);
    expectOk(await lee.revoke((await activeGrant()).id, 'The report is out.'));
    for (const { gatewayUrl } of my.replicas) expect(await statusOf(gatewayUrl, CONGRESS_FILE, token)).toBe(401);
    const told = await ana.desk.notifications.find('Access was revoked');
    expect(told.body.split('\n')[1]).toBe('The report is out.');
    expect(await tokensIn(ana.desk)).toEqual([]);
    await card(ana.page, CONGRESS).waitFor({ state: 'detached' });
  });
});

/** The one grant that runs. */
async function activeGrant(): Promise<GrantView> {
  const lee = await my.team.client(LEE);
  const { grants } = expectOk(await lee.grants({ of: 'revocable', state: 'active' }));
  expect(grants).toHaveLength(1);
  return grants[0] as GrantView; // There is one.
}

/** The approver looks at the list, and there it is. */
async function waitingAt({ page }: Seat, resource: string): Promise<void> {
  await openTab(page, 'Approvals');
  await card(page, `Ana Lima asks for ${resource}`).waitFor();
}

async function approve(seat: Seat, resource: string): Promise<void> {
  await waitingAt(seat, resource);
  await card(seat.page, `Ana Lima asks for ${resource}`).getByRole('button', { name: 'Approve 1 hr' }).click();
}

/** Waits longer than the second in which its buttons do nothing, and presses. */
async function pressApprove({ desk }: Seat): Promise<void> {
  await desk.notifications.find(WAITS);
  const sinceMs = performance.now();
  await until('more than a second', () => (performance.now() - sinceMs > 1200 ? true : undefined));
  await desk.notifications.press(WAITS, 'Approve');
}

function isClosed({ desk }: Seat, title: string): boolean {
  return desk.notifications.list().every((shown) => shown.closed || !shown.title.includes(title));
}

/** How often the broker wanted to see this person again. */
function refusals({ replica }: Seat): number {
  return replica
    .log()
    .split('\n')
    .filter((line) => line.includes('/approvals') && line.includes('401')).length;
}

/** Signs in anew unless that was a moment ago. */
async function provenNow({ desk, page, account }: Seat): Promise<void> {
  const isFresh = async (): Promise<boolean> => {
    const { connection } = await stateThat(page, 'a team', ({ mode }) => mode === 'team');
    return (
      connection.kind === 'team' && connection.signIn.kind === 'signed_in' && connection.signIn.freshUntilMs !== null
    );
  };
  if (await isFresh()) return;
  const before = (await desk.openedLinks()).length;
  const begun = await knock(page, 'sign-in', { how: 'browser', fresh: true });
  expect(begun.ok).toBe(true);
  await signInWithChromium(await until('the sign-in page', async () => (await desk.openedLinks())[before]), account);
  await until('the proof to be taken', async () => ((await isFresh()) ? true : undefined));
}
