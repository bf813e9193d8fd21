// Two people on one machine: one asks, another answers from the notification or the window, the first has access.
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '#test/desktop/until.ts';
import { MINUTE_MS } from '#shared/domain/time.ts';
import { callGateway, CONGRESS_FILE, gatewayOf, onlyToken, tokensIn } from './support/tokens.ts';
import { useDaypass } from './support/use-daypass.ts';
import { askFor, becomePerson, card, CONGRESS, MONEY, openTab, sayDone } from './support/window.ts';

const WAITS = 'Somebody waits for your answer';
const REMINDED = 'Your answer is still waited for';
const my = useDaypass();
let gateway = '';

beforeAll(async () => {
  gateway = await gatewayOf(my.page);
});

describe('a request that needs one approver', () => {
  it('waits with the names of who can answer, and nothing is issued', async () => {
    const { page, desk } = my;
    await askFor(page, CONGRESS, { why: 'Which states are missing?' });
    await card(page, CONGRESS).getByText('0 of 1 approvals').waitFor();
    expect(await tokensIn(desk)).toEqual([]);
    expect(desk.notifications.list().map(({ title }) => title)).not.toContain(WAITS);
  });

  it('is not the requester’s to answer', async () => {
    const { page } = my;
    await openTab(page, 'Approvals');
    await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
    await openTab(page, 'Access');
  });

  it('reaches the approver as a notification with the requester, the resource and their words', async () => {
    const { page, desk } = my;
    await becomePerson(page, 'Jo Berg');
    const shown = await desk.notifications.find(WAITS);
    expect(shown.actions).toEqual(['Approve', 'Reject']);
    expect(shown.body).toBe(`Ana Lima · ${CONGRESS} · read · 1 h · confidential\nWhich states are missing?`);
  });

  it('ignores a press while the session is locked', async () => {
    const { page, desk } = my;
    desk.session.lock();
    await page.getByRole('heading', { name: /locked/i }).waitFor();
    await desk.notifications.press(WAITS, 'Approve');
    await desk.app.waitForLog('notice.press_ignored');
    expect(desk.app.log()).toContain('"because":"locked"');
    desk.session.unlock();
    await openTab(page, 'Approvals');
    await card(page, `Ana Lima asks for ${CONGRESS}`).waitFor();
    expect(await tokensIn(desk)).toEqual([]);
  });

  it('ignores a press in its first second, asks again, and takes a later one', async () => {
    const { page, desk } = my;
    // What was told once is not told again by itself; the requester may bring it to mind.
    await becomePerson(page, 'Ana Lima');
    await openTab(page, 'Access');
    await card(page, CONGRESS).getByRole('button', { name: 'Remind them' }).click();
    await card(page, CONGRESS)
      .getByRole('button', { name: 'Remind them', disabled: false })
      .waitFor({ state: 'detached' });
    const beforeItCameUpMs = performance.now();
    await becomePerson(page, 'Jo Berg');
    await openTab(page, 'Approvals');
    // Until it is there the window still says that nothing waits, as it does once the answer counts.
    await card(page, `Ana Lima asks for ${CONGRESS}`).waitFor();
    const first = await pressed();
    // Whoever is slower than a second has waited long enough.
    if (performance.now() - beforeItCameUpMs < 1000) expect(first).toBe('ignored');

    await until('the answer to count', async () => {
      await secondsOfNotification();
      return (await pressed()) === 'counted' ? true : undefined;
    });
    // What is Ana's does not begin while somebody else sits there.
    expect(await tokensIn(desk)).toEqual([]);
  });

  it('begins when the requester is back, and the token opens the masked data', async () => {
    const { page, desk } = my;
    await becomePerson(page, 'Ana Lima');
    const token = await onlyToken(desk);
    await desk.notifications.find('You have access');
    const answer = await callGateway(gateway, CONGRESS_FILE, token);
    expect(answer.status).toBe(200);
    // Masked: nobody asked for personal columns.
    expect(answer.text).toContain('Democrat');
    expect(answer.text).not.toContain('Klobuchar');
    await openTab(page, 'Access');
    await sayDone(page, CONGRESS);
  });
});

describe('the approver', () => {
  it('approves less than was asked, and the requester sees what was taken away', async () => {
    const { page, desk } = my;
    await askFor(page, CONGRESS, { why: 'Again' });
    await becomePerson(page, 'Jo Berg');
    await openTab(page, 'Approvals');
    const asked = card(page, `Ana Lima asks for ${CONGRESS}`);
    await asked.getByText('“Again”').waitFor();
    await asked.getByRole('button', { name: 'Shorter…' }).click();
    const sheet = page.getByRole('dialog', { name: 'Approve less' });
    await sheet.getByText('15 min', { exact: true }).click();
    await sheet.getByRole('button', { name: 'Approve 15 min' }).click();
    await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();

    await becomePerson(page, 'Ana Lima');
    await onlyToken(desk);
    await openTab(page, 'Access');
    expect(await card(page, CONGRESS).getByRole('timer').innerText()).toMatch(/15:00|14:\d\d/);
    await sayDone(page, CONGRESS);
  });
});

describe('a requester who is away', () => {
  it('finds it ready, is told so, and starts the clock', async () => {
    const { page, desk } = my;
    await askFor(page, CONGRESS);
    await approveAs('Jo Berg', CONGRESS);
    await desk.idle(10 * MINUTE_MS);
    await becomePerson(page, 'Ana Lima');
    await openTab(page, 'Access');
    await card(page, CONGRESS)
      .getByText(/^Ready · /)
      .waitFor();
    await desk.notifications.find('Approved: start when you are ready');
    expect(await tokensIn(desk)).toEqual([]);

    await card(page, CONGRESS).getByRole('button', { name: 'Start now' }).click();
    await onlyToken(desk);
    await desk.idle(0);
    await sayDone(page, CONGRESS);
  });
});

describe('restricted data', () => {
  it('needs two people, one of them an owner: the first approval alone gives nothing', async () => {
    const { page, desk } = my;
    await askFor(page, MONEY, { why: 'The yearly report' });
    await card(page, MONEY).getByText('0 of 2 approvals').waitFor();
    await approveAs('Sam Okoye', MONEY);
    await becomePerson(page, 'Ana Lima');
    await openTab(page, 'Access');
    await card(page, MONEY).getByText('1 of 2 approvals').waitFor();
    await card(page, MONEY)
      .getByRole('listitem')
      .filter({ hasText: /Sam Okoye.*approved/ })
      .waitFor();
    expect(await tokensIn(desk)).toEqual([]);

    await approveAs('Jo Berg', MONEY);
    await becomePerson(page, 'Ana Lima');
    await onlyToken(desk);
    await openTab(page, 'Access');
    await sayDone(page, MONEY);
  });
});

describe('a rejection', () => {
  it('comes with words, which reach the requester, and the same cannot be asked again at once', async () => {
    const { page, desk } = my;
    await askFor(page, CONGRESS);
    await becomePerson(page, 'Jo Berg');
    await openTab(page, 'Approvals');
    await card(page, `Ana Lima asks for ${CONGRESS}`).getByRole('button', { name: 'Reject…' }).click();
    const sheet = page.getByRole('dialog', { name: 'Reject this request?' });
    await sheet.getByRole('textbox').fill('Ask for the summary instead.');
    await sheet.getByRole('button', { name: 'Reject', exact: true }).click();
    await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();

    await becomePerson(page, 'Ana Lima');
    await openTab(page, 'Access');
    await card(page, CONGRESS).getByText('Rejected by Jo Berg.').waitFor();
    await card(page, CONGRESS).getByText('“Ask for the summary instead.”').waitFor();
    const told = await desk.notifications.find('Rejected by Jo Berg');
    expect(told.body).toBe(`${CONGRESS}\nAsk for the summary instead.`);
    expect(await tokensIn(desk)).toEqual([]);
    await card(page, CONGRESS).getByRole('button', { name: 'Dismiss' }).click();
    await card(page, CONGRESS).waitFor({ state: 'detached' });
  });
});

/** The notification has been up for more than the second in which it does nothing. */
async function secondsOfNotification(): Promise<void> {
  await my.desk.notifications.find(REMINDED);
  const sinceMs = performance.now();
  await until('more than a second', () => (performance.now() - sinceMs > 1200 ? true : undefined));
}

/** Presses Approve on the newest notification, if it still waits, and tells what came of it. */
async function pressed(): Promise<'ignored' | 'counted'> {
  const { page, desk } = my;
  const ignored = (): number => desk.app.log().split('"because":"too_soon"').length;
  const before = ignored();
  const answered = page.getByRole('heading', { name: 'Nothing waits for you' });
  if (await answered.isVisible()) return 'counted';
  await desk.notifications.press(REMINDED, 'Approve');
  return await until('what came of the press', async () => {
    if (ignored() > before) return 'ignored';
    return (await answered.isVisible()) ? 'counted' : undefined;
  });
}

async function approveAs(name: string, resource: string): Promise<void> {
  const { page } = my;
  await becomePerson(page, name);
  await openTab(page, 'Approvals');
  await card(page, `Ana Lima asks for ${resource}`).getByRole('button', { name: 'Approve 1 hr' }).click();
  await page.getByRole('heading', { name: 'Nothing waits for you' }).waitFor();
}
