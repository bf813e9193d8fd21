import { describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { CATALOG, grant, id, NOW_MS } from './fixtures/cards.ts';
import { PREVIEWS } from './fixtures/past.ts';
import { STATES } from './fixtures/states.ts';
import { useWindow } from './use-window.ts';
import type { Look } from './window-page.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/domain/time.ts';

const { open: openWindow, sent, push } = useWindow();
let page: Page;

async function open(state: DesktopState, look: Look = {}): Promise<void> {
  page = await openWindow(state, look);
}

describe('the main flow, by keyboard alone', () => {
  it('checks out, copies, extends and is done, with no other arguments than the contract’s', async () => {
    await open(STATES.empty, {
      replies: { preview: PREVIEWS.approved, ask: { requestId: id('req', 'x'), state: 'approved' } },
    });
    await page.keyboard.press('Control+n');
    await page.getByRole('textbox', { name: 'What do you need?' }).waitFor();
    await page.keyboard.type('penguin');
    await page.getByRole('option').nth(1).waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Check out for' }).waitFor();
    await tabTo('Check out for 1 hr');
    await page.keyboard.press('Enter');
    await expect.poll(async () => await sent('ask')).toHaveLength(1);
    expect(await sent('ask')).toMatchObject([
      { wish: { resource: 'dataset:penguins', actions: ['read'], purpose: 'analysis', durationMs: HOUR_MS } },
    ]);

    await push({ ...STATES.empty, grants: [grant('dataset:penguins')] });
    await tabTo('Copy token');
    await page.keyboard.press('Enter');
    await expect.poll(async () => await sent('copy-token')).toEqual([{ grantId: id('grt', 'penguins') }]);
    await tabTo('Copy as…');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('menuitem').first().waitFor({ state: 'detached' });
    // The menu took that Esc: the window stays.
    expect(await sent('hide-window')).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect
      .poll(async () => await sent('copy-snippet'))
      .toEqual([{ grantId: id('grt', 'penguins'), kind: 'python' }]);
    await tabTo('Extend');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(async () => await sent('ask')).toHaveLength(2);
    expect((await sent('ask'))[1]).toMatchObject({
      wish: { extendsGrant: id('grt', 'penguins'), durationMs: 30 * MINUTE_MS, startAtMs: null },
    });
    await tabTo('Done with Palmer penguins: end it now');
    await page.keyboard.press('Enter');
    await expect.poll(async () => await sent('done')).toEqual([{ grantId: id('grt', 'penguins') }]);
  }, 120_000);

  it('goes back with Esc, gives the focus back, and hides the window from its first screen', async () => {
    await open(STATES.empty);
    await tabTo('Check out access…');
    await page.keyboard.press('Enter');
    await page.getByRole('textbox', { name: 'What do you need?' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('Check out access…');
    expect(await sent('hide-window')).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(async () => await sent('hide-window')).toEqual([null]);
  }, 60_000);

  it('walks the tabs with arrows', async () => {
    await open(STATES.approvals);
    await page.getByRole('tab', { name: 'Access' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'Waiting for you' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
  }, 60_000);
});

it('the first check-out takes three clicks', async () => {
  await open(STATES.empty, {
    replies: { preview: PREVIEWS.approved, ask: { requestId: id('req', 'x'), state: 'approved' } },
  });
  await page.getByRole('button', { name: 'Check out access…' }).click();
  await page.getByRole('option', { name: 'Palmer penguins' }).click();
  await page.getByRole('button', { name: 'Check out for' }).click();
  await expect.poll(async () => await sent('ask')).toHaveLength(1);
  await page.getByRole('tab', { name: 'Access' }).waitFor();
}, 60_000);

describe('approvals', () => {
  const look: Look = { route: { screen: 'approvals', requestId: null } };

  it('answers to the exact scope that was shown', async () => {
    await open(STATES.approvals, look);
    await page.getByRole('button', { name: /^Approve 8/ }).click();
    await expect.poll(async () => await sent('answer')).toHaveLength(1);
    const [card] = STATES.approvals.approvals;
    expect(await sent('answer')).toEqual([
      {
        requestId: card?.requestId,
        scopeHash: card?.scopeHash,
        answer: 'approve',
        reason: null,
        narrowToMs: null,
        narrowToActions: null,
      },
    ]);
  }, 60_000);

  it('approves less, never more', async () => {
    await open(STATES.approvals, look);
    await page.getByRole('button', { name: 'Shorter…' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('8 hrs', { exact: true }).click();
    await expect.poll(async () => await dialog.getByRole('button', { name: /^Approve/ }).isDisabled()).toBe(true);
    await dialog.getByText('2 hrs', { exact: true }).click();
    await dialog.getByRole('button', { name: 'Approve 2 hrs' }).click();
    await expect
      .poll(async () => await sent('answer'))
      .toMatchObject([{ narrowToMs: 2 * HOUR_MS, narrowToActions: null }]);
    await dialog.waitFor({ state: 'detached' });
  }, 60_000);

  it('rejects with words, and a broker that refuses leaves the question open with why', async () => {
    await open(STATES.approvals, look);
    await page.evaluate(() =>
      window.desk.reply('answer', [
        { ok: false, error: { code: 'fresh_sign_in_required', title: '', detail: null } },
        { ok: true, value: null },
      ]),
    );
    await page.getByRole('button', { name: 'Reject…' }).last().click();
    await page.getByRole('textbox').fill('Not for the board.');
    await page.getByRole('button', { name: 'Reject', exact: true }).click();
    await page.getByRole('alert').getByText('Sign in again first').waitFor();
    await page.getByRole('button', { name: 'Reject', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await sent('answer')).toMatchObject([
      { answer: 'reject' },
      { answer: 'reject', reason: 'Not for the board.' },
    ]);
  }, 60_000);
});

describe('the preview', () => {
  const atForm: Look = {
    route: {
      screen: 'form',
      fromLink: false,
      prefill: {
        resource: 'dataset:support-chats',
        actions: null,
        purpose: null,
        durationMs: null,
        justification: null,
      },
    },
  };

  it('is asked once after a burst of changes', async () => {
    await open(STATES.empty, atForm);
    await page.locator('.verdict strong').waitFor();
    const before = (await sent('preview')).length;
    await page.getByRole('textbox', { name: /^Why/ }).pressSequentially('because it is needed', { delay: 5 });
    await expect
      .poll(async () => (await sent('preview')).at(-1))
      .toMatchObject({ justification: 'because it is needed' });
    // 20 keys came in far less time than 20 pauses: only where typing itself stalled may there be more than one.
    expect((await sent('preview')).length - before).toBeLessThan(10);
  }, 60_000);

  it('drops an answer about another wish, however late it comes', async () => {
    await open(STATES.empty, atForm);
    await page.locator('.verdict strong').waitFor();
    await page.evaluate(
      ({ slow, quick }) =>
        window.desk.reply('preview', [
          { ok: true, value: slow, delayMs: 1500 },
          { ok: true, value: quick },
        ]),
      { slow: PREVIEWS.denied, quick: PREVIEWS.approved },
    );
    const asked = (await sent('preview')).length;
    await page.getByText('4 hrs', { exact: true }).click();
    await expect.poll(async () => (await sent('preview')).length).toBe(asked + 1);
    await page.getByText('8 hrs', { exact: true }).click();
    await page.getByText('Granted at once').waitFor();
    // The slow answer has arrived by now.
    await page.evaluate(async () => await new Promise((done) => setTimeout(done, 2000)));
    expect(await page.locator('.verdict strong').textContent()).toBe('Granted at once');
  }, 60_000);

  it('takes a counter-offer with one click, and asks nothing by itself', async () => {
    await open(STATES.empty, { ...atForm, replies: { preview: PREVIEWS.denied } });
    await page.getByRole('button', { name: 'Take 4 hrs instead' }).click();
    await expect.poll(async () => (await sent('preview')).at(-1)).toMatchObject({ durationMs: 4 * HOUR_MS });
    expect(await sent('ask')).toEqual([]);
  }, 60_000);

  it('of a link’s form is all that is sent, and the link’s words are shown as the link’s', async () => {
    const route = atForm.route?.screen === 'form' ? atForm.route : null;
    if (route?.prefill == null) throw new Error('no form');
    await open(STATES.empty, {
      route: { ...route, fromLink: true, prefill: { ...route.prefill, justification: 'Trust me' } },
    });
    await page.getByText('A link filled this in').waitFor();
    await page.getByText('These are the words of the link').waitFor();
    await page.locator('.verdict strong').waitFor();
    const names = new Set(await page.evaluate(() => window.desk.sent.map((each) => each.name)));
    expect([...names].toSorted()).toEqual(['get-route', 'get-state', 'preview']);
    await page.getByRole('textbox', { name: 'Why' }).fill('Mine');
    await page.getByText('These are the words of the link').waitFor({ state: 'detached' });
  }, 60_000);

  it('of a link that started the app fills the form in as soon as the catalog is there', async () => {
    const route = atForm.route?.screen === 'form' ? atForm.route : null;
    if (route?.prefill == null) throw new Error('no form');
    const filled = { ...route.prefill, durationMs: 2 * HOUR_MS, justification: 'Trust me' };
    await open({ ...STATES.empty, catalog: [] }, { route: { ...route, fromLink: true, prefill: filled } });
    await page.getByText('A link filled this in').waitFor();
    await push(STATES.empty);
    await page.getByText('These are the words of the link').waitFor();
    await expect.poll(async () => (await sent('preview')).at(-1)).toMatchObject({ durationMs: 2 * HOUR_MS });
    // What the person changes stays, whatever is pushed after it.
    await page.getByRole('textbox', { name: 'Why' }).fill('Mine');
    await push({ ...STATES.empty, catalog: [] });
    await push(STATES.empty);
    expect(await page.getByRole('textbox', { name: 'Why' }).inputValue()).toBe('Mine');
  }, 60_000);
});

describe('countdowns', () => {
  it('follow trusted time, past 24 hours and at zero, whatever the wall clock says', async () => {
    const at = (
      endsAtMs: number,
      word: string,
      phase: 'active' | 'ending' = 'active',
    ): DesktopState['grants'][number] => grant('dataset:penguins', { grantId: id('grt', word), endsAtMs, phase });
    await open({
      ...STATES.empty,
      grants: [
        at(NOW_MS + DAY_MS + 3 * HOUR_MS + 2 * MINUTE_MS + 30 * SECOND_MS, 'long'),
        at(NOW_MS + 2 * SECOND_MS, 'short', 'ending'),
        at(NOW_MS - HOUR_MS, 'over', 'ending'),
      ],
    });
    const times = page.locator('.time');
    await expect.poll(async () => await times.nth(0).textContent()).toMatch(/^Time left 1d, 3:02:[0-3]\d$/);
    await expect.poll(async () => await times.nth(1).textContent()).toBe('Time left 00:00');
    expect(await times.nth(2).textContent()).toBe('Time left 00:00');
  }, 60_000);

  it('do not move anything when their digits change', async () => {
    await open(STATES.one);
    const widths = await page.evaluate(() => {
      const element = document.querySelector('.time > span:last-child');
      if (element === null) throw new Error('no countdown');
      return ['11:11', '42:17', '00:00', '58:48'].map((text) => {
        element.textContent = text;
        return element.getBoundingClientRect().width;
      });
    });
    expect(new Set(widths).size).toBe(1);
  }, 60_000);

  it('share one timer, and leave none while the window is hidden', async () => {
    await open(STATES.many);
    const counted = await page.evaluate(async () => {
      let set = 0;
      const original = window.setTimeout;
      window.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
        set += 1;
        return original(...args);
      }) as typeof setTimeout;
      const during = async (ms: number): Promise<number> => {
        set = 0;
        await new Promise((done) => original(done, ms));
        return set;
      };
      const seen = await during(2500);
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      const hidden = await during(2500);
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
      const again = await during(2500);
      return { seen, hidden, again };
    });
    expect(counted.hidden).toBe(0);
    expect(counted.seen).toBeGreaterThan(0);
    expect(counted.seen).toBeLessThanOrEqual(4);
    expect(counted.again).toBeGreaterThan(0);
    // Back in view it asks what time it is: its own clock may have slept.
    expect((await sent('get-state')).length).toBe(2);
  }, 60_000);
});

describe('hostile words of other people', () => {
  const screens = ['access', 'approvals'] as const;

  it.each(screens)(
    'are inert, and stay within the window on %s',
    async (screen) => {
      const route = screen === 'access' ? { screen, grantId: null } : { screen, requestId: null };
      // One comes as the answer to a question, the other is pushed: both ways in must clean.
      await open(screen === 'access' ? STATES.empty : STATES.hostile, { route });
      if (screen === 'access') await push(STATES.hostile);
      await page.getByText('The broker did not start').waitFor();
      const facts = await page.evaluate(() => ({
        title: document.title,
        images: document.querySelectorAll('img, script:not([src]), iframe').length,
        text: document.body.textContent,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        overflow: [...document.querySelectorAll('.main')].map((main) => main.scrollWidth - main.clientWidth),
      }));
      expect(facts.title).toBe('Daypass');
      expect(facts.images).toBe(0);
      expect(facts.text).toContain('<img src=x onerror=alert(1)>');
      expect(facts.text).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/u);
      expect(facts.text).not.toContain('\u0007');
      expect(facts.text.length).toBeLessThan(60_000);
      expect(facts.wide).toBe(0);
      expect(facts.overflow).toEqual([0]);
    },
    60_000,
  );

  it('leave the buttons where a person finds them', async () => {
    await open(STATES.hostile, { route: { screen: 'approvals', requestId: null } });
    const approve = page.getByRole('button', { name: /^Approve/ });
    await approve.scrollIntoViewIfNeeded();
    const box = await approve.boundingBox();
    expect(box?.x).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 999) + (box?.width ?? 999)).toBeLessThanOrEqual(400);
    await approve.click();
    await expect.poll(async () => await sent('answer')).toHaveLength(1);
  }, 60_000);
});

describe('what a screen reader is told', () => {
  it('is a change that matters, and never a passing second', async () => {
    await open(STATES.empty);
    const live = page.locator('.window > .for-readers[aria-live=polite]');
    await push(STATES.one);
    await expect.poll(async () => await live.textContent()).toBe('Clickstream EU is checked out until 15:40.');
    await page.evaluate(async () => await new Promise((done) => setTimeout(done, 2200)));
    expect(await live.textContent()).toBe('Clickstream EU is checked out until 15:40.');
    await push(STATES.empty);
    await expect.poll(async () => await live.textContent()).toBe('Clickstream EU has ended and is wiped.');
  }, 60_000);
});

describe('settings', () => {
  it('change one at a time, as the contract wants it, and managed ones not at all', async () => {
    await open(STATES.managed, { route: { screen: 'settings' } });
    await page.getByText('Open at login').click();
    await page.getByText('150%').click();
    await page.getByText('Wipe when Daypass quits').click({ force: true });
    const shortcut = page.getByRole('textbox', { name: 'Shortcut for this window' });
    await shortcut.focus();
    await page.keyboard.press('Control+Alt+k');
    await expect
      .poll(async () => await sent('change-setting'))
      .toEqual([{ openAtLogin: true }, { textZoom: 1.5 }, { shortcut: 'Control+Alt+K' }]);
    expect(await page.getByText('Set by your organisation').count()).toBe(4);
  }, 60_000);

  it('of theme and text size show at once', async () => {
    await open({
      ...STATES.one,
      settings: { ...STATES.one.settings, values: { ...STATES.one.settings.values, theme: 'dark', textZoom: 2 } },
    });
    const root = await page.evaluate(() => ({
      theme: document.documentElement.dataset['theme'],
      size: getComputedStyle(document.body).fontSize,
      overflow: [...document.querySelectorAll('.main')].map((main) => main.scrollWidth - main.clientWidth),
    }));
    expect(root).toEqual({ theme: 'dark', size: '26px', overflow: [0] });
  }, 60_000);
});

it('sends every other command exactly as the contract wants it', async () => {
  await open(STATES.waiting, { replies: { 'end-everything': { ended: 5, failed: 1 } } });
  await page.getByRole('button', { name: 'Start now' }).click();
  await page.getByRole('textbox').fill('dataset:campaign-finance');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('button', { name: 'Withdraw the request for Radiology 2025' }).click();
  await page.getByRole('button', { name: 'Dismiss' }).first().click();
  await expect.poll(async () => await sent('dismiss-request')).toHaveLength(1);
  expect(await sent('start')).toHaveLength(1);
  expect(await sent('confirm')).toMatchObject([{ typed: 'dataset:campaign-finance' }]);
  expect(await sent('withdraw')).toHaveLength(1);
  await push(STATES.phases);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(async () => await sent('retry-wipe')).toHaveLength(1);
  await page.getByRole('button', { name: 'End everything now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End everything now' }).click();
  await expect.poll(async () => await sent('end-everything')).toEqual([null]);
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await push(STATES.clock_jump);
  await page.getByRole('button', { name: 'The clock is right' }).click();
  await push(STATES.sync_alarm);
  await page.getByRole('button', { name: 'Go on with the log as it is now' }).click();
  await expect.poll(async () => await sent('accept-ledger')).toEqual([null]);
  await push(STATES.keychain_none);
  await page.getByRole('button', { name: 'Memory only' }).click();
  await push(STATES.keychain_locked);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(async () => await sent('retry')).toEqual([{ what: 'keychain' }]);
  expect(await sent('accept-clock')).toEqual([null]);
  expect(await sent('use-memory-only')).toEqual([{ agree: true }]);
  await page.getByRole('button', { name: 'Change who you are' }).click();
  await page.getByRole('menuitemradio', { name: 'Jo Park' }).click();
  await expect.poll(async () => await sent('choose-person')).toEqual([{ user: 'jo' }]);
  await push(STATES.access);
  await page.getByRole('button', { name: 'Keep Support chats at the top' }).click();
  await page.getByRole('button', { name: 'Check out Palmer penguins' }).click();
  await expect.poll(async () => await sent('ask')).toHaveLength(1);
  expect(await sent('set-favourite')).toEqual([{ resource: 'dataset:support-chats', favourite: true }]);
  await page.getByRole('tab', { name: 'History' }).click();
  await page.getByRole('button', { name: 'Verify now' }).click();
  await expect.poll(async () => await sent('verify-log')).toEqual([null]);
  await expect.poll(async () => (await sent('history')).length).toBeGreaterThan(0);
  await push(STATES.first_start);
  await page.getByRole('button', { name: 'Start' }).click();
  await expect.poll(async () => await sent('close-welcome')).toEqual([null]);
}, 120_000);

it('says verified only for a log that was verified, and cosigned only when somebody cosigned it', async () => {
  await open(STATES.not_verified, { route: { screen: 'history' } });
  const box = page.locator('.notice', { has: page.getByRole('button', { name: 'Verify now' }) });
  expect(await box.textContent()).not.toMatch(/Log verified|all cosigned|\d cosigned/);
  await push(STATES.verify_failed);
  await page.getByText('The log does not verify').waitFor();
  expect(await box.textContent()).not.toContain('Log verified');
  await push(STATES.one);
  await page.getByText('Log verified').waitFor();
  expect(await box.textContent()).toMatch(/self-attested: nobody else has seen it/);
  const { verification, nowMs } = STATES.one;
  const changed = async (change: Partial<typeof verification>): Promise<void> =>
    await push({ ...STATES.one, verification: { ...verification, ...change } });
  await changed({ verifiedAtMs: nowMs - 6 * 60_000 });
  await page.getByText('Log not verified lately').waitFor();
  await changed({ result: 'outdated', verifiedRecords: 4000 });
  await page.getByText(/the first 4,000 checked/).waitFor();
  expect(await box.textContent()).not.toMatch(/Log verified|all cosigned|\d cosigned/);
  await changed({ selfAttested: false, cosigned: { records: verification.records, atMs: nowMs } });
  await page.getByText(/all cosigned/).waitFor();
}, 60_000);

it('shows nothing of anybody while the session is locked', async () => {
  await open(STATES.one);
  await push(STATES.locked);
  await page.getByText('The session is locked').waitFor();
  expect(await page.locator('body').textContent()).not.toContain('Clickstream');
  await page.keyboard.press('Control+n');
  await push(STATES.one);
  await page.getByText('Clickstream EU').waitFor();
}, 60_000);

it('lists the whole catalog of the fixtures to choose from', async () => {
  await open(STATES.empty, { route: { screen: 'form', prefill: null, fromLink: false } });
  await expect.poll(async () => await page.getByRole('option').count()).toBe(CATALOG.length);
}, 60_000);

async function focused(): Promise<string | null> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent ?? null;
  });
}

/** Presses Tab until what has the focus is called so, as a person would. */
async function tabTo(name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if ((await focused()) === name) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${name} is not reached by Tab`);
}
