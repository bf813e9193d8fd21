import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';
import { id, NOW_MS, request } from './fixtures/cards.ts';
import { PREVIEWS } from './fixtures/past.ts';
import { STATES } from './fixtures/states.ts';
import { BROKER_URL, team } from './fixtures/teams.ts';
import { useWindow } from './use-window.ts';
import type { Look } from './window-page.ts';

const { open: openWindow, sent, push } = useWindow();
let page: Page;

async function open(state: DesktopState, look: Look = {}): Promise<void> {
  page = await openWindow(state, look);
}

const press = async (name: string | RegExp): Promise<void> => await page.getByRole('button', { name }).first().click();

/** Every command that was sent, but those that only ask where the window stands. */
async function acted(): Promise<readonly string[]> {
  const names = await page.evaluate(() => window.desk.sent.map((each) => each.name));
  return names.filter((name) => name !== 'get-state' && name !== 'get-route');
}

describe('connecting to a team', () => {
  it('by a link only fills the address in: nothing is looked up before a press, nothing is used before the next', async () => {
    await open(STATES.access, { route: { screen: 'connect', url: BROKER_URL } });
    await page.getByText('This address came from a link').waitFor();
    expect(await page.getByRole('textbox').inputValue()).toBe(BROKER_URL);
    expect(await acted()).toEqual([]);
    await press('Look for it');
    await page.getByText('You will sign in at').waitFor();
    const found = await page.locator('main').innerText();
    expect(found).toContain('login.acme.example');
    expect(found).toContain('Your 2 accesses end at once');
    expect(found).toContain('Clickstream EU and Mistral Large');
    expect(await acted()).toEqual(['find-broker']);
    await press('Use this broker');
    await expect.poll(async () => await sent('connect')).toEqual([{ url: BROKER_URL }]);
    await page.getByRole('tab', { name: 'Access', selected: true }).waitFor();
  }, 60_000);

  it('takes a bare host as https, refuses what is no address, and forgets what it found when that changes', async () => {
    await open(STATES.empty, { route: { screen: 'connect', url: null } });
    const address = page.getByRole('textbox');
    for (const wrong of ['http://daypass.acme.example', 'https://me@acme.example', 'javascript:alert(1)', 'a b']) {
      await address.fill(wrong);
      await page.keyboard.press('Enter');
      await page.getByText('An https address such as').waitFor();
    }
    expect(await acted()).toEqual([]);
    await address.fill('Daypass.acme.example');
    await page.keyboard.press('Enter');
    await page.getByText('Use this broker').waitFor();
    expect(await sent('find-broker')).toEqual([{ url: 'https://Daypass.acme.example' }]);
    await address.fill('other.example');
    await page.getByText('Use this broker').waitFor({ state: 'detached' });
  }, 60_000);

  it('that cannot be reached says so, and a broker that refuses is not taken for used', async () => {
    await open(STATES.empty, { route: { screen: 'connect', url: BROKER_URL } });
    await page.evaluate(() => {
      const problem = (code: string) => ({ ok: false as const, error: { code, title: '', detail: null } });
      window.desk.reply('find-broker', [
        problem('broker_unreachable'),
        { ok: true, value: { url: 'https://daypass.acme.example', signInHost: 'a.example', name: 'x' } },
      ]);
      window.desk.reply('connect', [problem('not_wiped')]);
    });
    await press('Look for it');
    await page.getByRole('alert').getByText('Nothing answers at this address').waitFor();
    await press('Look for it');
    await press('Use this broker');
    await page.getByRole('alert').getByText('Something could not be wiped here').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('tab', { name: 'Settings', selected: true }).waitFor();
  }, 60_000);

  it('is nobody’s choice where the organisation made it', async () => {
    await open(STATES.team_managed, { route: { screen: 'connect', url: 'https://evil.example' } });
    await page.getByText('Your organisation chose the broker').waitFor();
    expect(await page.locator('body').innerText()).not.toContain('evil.example');
    expect(await page.getByRole('textbox').count()).toBe(0);
    await press('Back');
    await page.getByText('Set by your organisation. You cannot change it here.').waitFor();
    expect(await page.getByRole('button', { name: /Disconnect|another broker/ }).count()).toBe(0);
  }, 60_000);

  it('ends with a question that says what is lost', async () => {
    await open(STATES.team, { route: { screen: 'settings' } });
    await press('Sign out…');
    await page.getByRole('dialog').getByText('refused everywhere: Clickstream EU').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await press('Disconnect…');
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await expect.poll(acted).toEqual(['disconnect']);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await press('Sign out…');
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(acted).toEqual(['disconnect', 'sign-out']);
  }, 60_000);
});

describe('signing in', () => {
  it('says what it is about, for each way of not being signed in', async () => {
    await open(STATES.never);
    const titles = [
      ['never', 'Sign in to daypass.acme.example'],
      ['signed_out', 'You are signed out'],
      ['refused', 'This account may not use this broker'],
      ['sign_in_failed', 'The sign-in took too long'],
    ] as const;
    for (const [name, title] of titles) {
      await push(STATES[name]);
      await page.getByRole('heading', { name: title }).waitFor();
      await press(name === 'sign_in_failed' ? 'Try again' : 'Sign in');
      await press('Use a code instead');
      expect(await page.getByRole('button', { name: 'Check out access…' }).count()).toBe(0);
    }
    const both = [
      { how: 'browser', fresh: false },
      { how: 'device_code', fresh: false },
    ];
    await expect.poll(async () => await sent('sign-in')).toEqual([...both, ...both, ...both, ...both]);
  }, 60_000);

  it('that has run out loses nothing: what is held stays usable, and it says that what waits is kept', async () => {
    await open(STATES.expired);
    await page.getByText('requests and approvals that wait are kept').waitFor();
    await press('Copy token');
    await expect.poll(async () => await sent('copy-token')).toHaveLength(1);
    await press('Done with Clickstream EU');
    await expect.poll(async () => await sent('done')).toHaveLength(1);
    expect(await page.getByRole('button', { name: 'Check out access…' }).isDisabled()).toBe(true);
  }, 60_000);

  it('goes on in the browser, can be cancelled, and one way takes the place of the other', async () => {
    await open(STATES.in_browser);
    await page.getByText('Finish signing in on login.acme.example').waitFor();
    await press('Use a code instead');
    await expect.poll(acted).toEqual(['cancel-sign-in', 'sign-in']);
    await push(STATES.device_code);
    await page.getByText('https://login.acme.example/device').waitFor();
    expect(await page.getByLabel('Your code').innerText()).toBe('WDJB-MJHT');
    await press('Copy code');
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('WDJB-MJHT');
    await press('Cancel');
    await expect.poll(acted).toEqual(['cancel-sign-in', 'sign-in', 'cancel-sign-in']);
    const live = page.locator('.window > .for-readers[aria-live=polite]');
    await push(STATES.team);
    await expect.poll(async () => await live.textContent()).toContain('Signed in as Ana Silva.');
  }, 60_000);

  it('tries a failed proof again as a proof, and puts it away', async () => {
    await open({ ...STATES.team, connection: team({ kind: 'failed', code: 'not_fresh' }) });
    await press('Try again');
    await expect.poll(async () => await sent('sign-in')).toEqual([{ how: 'browser', fresh: true }]);
    await press('Not now');
    await expect.poll(async () => await sent('cancel-sign-in')).toEqual([null]);
  }, 60_000);
});

describe('an approval that needs a fresh sign-in', () => {
  const look: Look = { route: { screen: 'approvals', requestId: null } };

  it('says so before the click, and is sent once', async () => {
    await open(STATES.team_approver, look);
    const approve = page.getByRole('button', { name: /^Approve 8/ });
    const described = await approve.getAttribute('aria-describedby');
    expect(await page.locator(`#${described}`).innerText()).toContain('You will be asked to sign in');
    await page.evaluate(() => window.desk.reply('answer', [{ ok: true, value: null, delayMs: 1500 }]));
    await approve.click();
    await push(STATES.team_proving);
    await page.getByText('Waiting for your sign-in. Your answer goes out right after it.').waitFor();
    await page.getByText('Show that it is you').waitFor();
    await push(STATES.team_fresh);
    await page.getByText('You have just signed in').waitFor();
    expect(await sent('answer')).toHaveLength(1);
  }, 60_000);

  it('asks again once the fresh sign-in is over', async () => {
    await open({
      ...STATES.team_fresh,
      connection: team({ kind: 'signed_in', name: 'Jo Park', freshUntilMs: NOW_MS + 2 * SECOND_MS }),
    });
    await page.getByRole('tab', { name: 'Approvals' }).click();
    await page.getByText('You will be asked to sign in before it counts.').waitFor();
  }, 60_000);
});

describe('a request that somebody else answered meanwhile', () => {
  const look: Look = { route: { screen: 'approvals', requestId: null } };
  const left = { ...STATES.team_approver, approvals: STATES.team_approver.approvals.slice(1) };

  it('leaves a word, until it was read', async () => {
    await open(STATES.team_approver, look);
    await press('Reject…');
    await push(left);
    await page.getByText('No longer waits for you').waitFor();
    await press('OK');
    await page.getByText('No longer waits for you').waitFor({ state: 'detached' });
  }, 60_000);

  it('is no surprise to who answered it, unless the answer did not count', async () => {
    await open(STATES.team_approver, look);
    await page.evaluate(() => {
      const conflict = { code: 'state_conflict', title: '', detail: null };
      window.desk.reply('answer', [
        { ok: true, value: null, delayMs: 300 },
        { ok: false, error: conflict, delayMs: 300 },
      ]);
    });
    await press(/^Approve 8/);
    await push(left);
    await page.evaluate(async () => await new Promise((done) => setTimeout(done, 600)));
    expect(await page.getByText('No longer waits for you').count()).toBe(0);
    await press(/^Approve 1/);
    await push({ ...left, approvals: [] });
    await page.getByText('No longer waits for you').waitFor();
  }, 60_000);
});

describe('a waiting request', () => {
  const waiting = (nudgeAtMs: number | null): DesktopState => ({
    ...STATES.team,
    requests: [request('dataset:radiology-2025', { nudgeAtMs })],
  });

  it('shows who can answer, who has, and who narrowed it', async () => {
    await open(STATES.team_waiting);
    const people = page.getByRole('list', { name: 'Who can answer' }).first();
    expect(await people.getByRole('listitem').allInnerTexts()).toEqual([
      expect.stringContaining('Jo Park'),
      expect.stringContaining('Mei Tan'),
      expect.stringContaining('Sam Ode'),
    ]);
    expect(await people.getByRole('listitem').first().textContent()).toContain('approved');
    const text = await page.locator('main').innerText();
    expect(text).toContain('shortened from 4 hrs to 2 hrs by Jo Park');
    expect(text).toContain('More people were asked');
  }, 60_000);

  it('can be brought to mind when that is possible, not before, and never where it is not', async () => {
    await open(waiting(NOW_MS + 2 * SECOND_MS));
    await page.getByText('You can remind them at').waitFor();
    await press('Remind them');
    await expect.poll(async () => await sent('nudge')).toEqual([{ requestId: id('req', 'radiology-2025-r') }]);
    await push(waiting(NOW_MS + 60 * MINUTE_MS));
    await page.getByText('You can remind them at').waitFor();
    await push(waiting(null));
    await page.getByText('You can remind them at').waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Remind them' }).count()).toBe(0);
  }, 60_000);
});

describe('an emergency', () => {
  const form = (resource: string): Route => ({
    screen: 'form',
    fromLink: false,
    prefill: { resource, actions: null, purpose: null, durationMs: null, justification: null },
  });

  it('is offered only where the catalog says that it is possible, and asking does not help at once', async () => {
    await open(STATES.team, { route: form('dataset:radiology-2025') });
    await page.locator('.verdict strong').waitFor();
    expect(await page.getByRole('button', { name: 'This is an emergency…' }).count()).toBe(0);
    await page.evaluate((value) => window.desk.reply('preview', [{ ok: true, value }]), PREVIEWS.approved);
    await page.evaluate((route) => window.desk.route(route), form('dataset:support-chats'));
    await page.getByText('Granted at once').waitFor();
    expect(await page.getByRole('button', { name: 'This is an emergency…' }).count()).toBe(0);
  }, 60_000);

  it('takes three deliberate steps and a reason, and no key alone', async () => {
    await open(STATES.team, {
      route: form('dataset:support-chats'),
      replies: { preview: PREVIEWS.needs_approval, ask: { requestId: id('req', 'x'), state: 'approved' } },
    });
    await press('This is an emergency…');
    await page.getByText('Everybody concerned is told now').waitFor();
    await page.evaluate((value) => window.desk.reply('preview', [{ ok: true, value }]), PREVIEWS.emergency);
    expect(await page.getByRole('button', { name: 'Say what the emergency is' }).isDisabled()).toBe(true);
    const why = page.getByRole('textbox', { name: /^What is the emergency/ });
    await why.fill('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');
    expect(await page.getByRole('button', { name: 'Say what the emergency is' }).isDisabled()).toBe(true);
    await why.fill('Customers see the chats of others since 14:40.');
    await page.getByText('Granted at once, as an emergency').waitFor();
    await page.keyboard.press('Control+Enter');
    await press(/^Take emergency access for 30/);
    await page.getByRole('dialog').waitFor();
    // Enter right away is the way back.
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await sent('ask')).toEqual([]);
    await press(/^Take emergency access for 30/);
    await press('Take it and tell everybody');
    await expect
      .poll(async () => await sent('ask'))
      .toMatchObject([
        { wish: { breakGlass: true, durationMs: 30 * MINUTE_MS, startAtMs: null, purpose: 'incident' } },
      ]);
  }, 60_000);

  it('is left again without a trace', async () => {
    await open(STATES.team, {
      route: form('dataset:support-chats'),
      replies: { ask: { requestId: id('req', 'x'), state: 'pending' } },
    });
    await press('This is an emergency…');
    await press('Ask normally instead');
    await press('Ask for access');
    await expect.poll(async () => await sent('ask')).toMatchObject([{ wish: { breakGlass: false } }]);
  }, 60_000);
});
