// Opens the window with a fake bridge in one real Chromium under the app's own security policy.
import { chromium, type Browser, type Page } from 'playwright-core';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CommandName } from '#shared/contracts/desktop/channels.ts';
import type { Route } from '#shared/contracts/desktop/route.ts';
import type { DesktopState } from '#shared/contracts/desktop/state.ts';
import { CHROMIUM, HEADLESS_FLAGS } from '#test/support/headless-chromium.ts';
import { MADE_PAGE } from '../../build/app/made-for-specs.ts';
import { buildPage } from './build-page.ts';
import { CHANGES, FOUND, HELD, DESKTOPS, PEOPLE, REVIEW } from './fixtures/teams.ts';
import { PRIVACY, REACH } from './fixtures/privacy.ts';
import { HISTORY, PREVIEWS } from './fixtures/past.ts';

const ORIGIN = 'http://daypass.test';
// As strict as the app's: what needs more than this does not work there either.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'none'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

const REPLIES: Readonly<Record<string, unknown>> = {
  preview: PREVIEWS.needs_approval,
  history: HISTORY,
  'who-has-what': HELD,
  people: PEOPLE,
  desktops: DESKTOPS,
  changes: CHANGES,
  review: REVIEW,
  privacy: PRIVACY,
  'erasure-reach': REACH,
  'find-broker': FOUND,
};

export type Look = {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
  readonly route?: Route;
  readonly forcedColors?: 'active' | 'none';
  readonly replies?: Readonly<Record<string, unknown>>;
};

export type OpenedWindow = {
  readonly page: Page;
  /** What the security policy refused and what the page's console called an error: nothing, if all is well. */
  readonly faults: string[];
  /** Shows another snapshot in the same page, which is much faster than a new one. */
  readonly show: (state: DesktopState, look: Look) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type WindowHost = {
  readonly open: (state: DesktopState, look?: Look) => Promise<OpenedWindow>;
  readonly close: () => Promise<void>;
};

/** Starts one browser. The caller closes it. Windows come one after the other, or several at once. */
export async function startWindowHost(): Promise<WindowHost> {
  const made = process.env[MADE_PAGE];
  const outDir = made ?? (await mkdtemp(path.join(tmpdir(), 'daypass-window-')));
  if (made === undefined) await buildPage(outDir);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...HEADLESS_FLAGS] });
  const idle: Pane[] = [];
  return {
    open: async (state, look = {}) => {
      const pane = idle.pop() ?? (await newPane(browser, outDir));
      return await openIn(pane, state, look, () => void idle.push(pane));
    },
    close: async () => {
      await browser.close();
      if (made === undefined) await rm(outDir, { recursive: true, force: true });
    },
  };
}

/** Where a window is shown. The next window is loaded into it anew, which takes half of what another pane would. */
type Pane = { readonly page: Page; faults: string[] };

async function newPane(browser: Browser, folder: string): Promise<Pane> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', deviceScaleFactor: 2 });
  await context.route(`${ORIGIN}/**`, async (route) => {
    const name = new URL(route.request().url()).pathname;
    const file = path.join(folder, name === '/' ? 'index.html' : name);
    const headers = { 'content-security-policy': POLICY, 'content-type': TYPES[path.extname(file)] ?? 'text/plain' };
    await route.fulfill({ body: await readFile(file), headers });
  });
  const page = await context.newPage();
  const pane: Pane = { page, faults: [] };
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') pane.faults.push(message.text());
  });
  page.on('pageerror', (error) => pane.faults.push(String(error)));
  return pane;
}

async function openIn(pane: Pane, state: DesktopState, look: Look, onClose: () => void): Promise<OpenedWindow> {
  const { page } = pane;
  const faults: string[] = [];
  pane.faults = faults;
  await takeLook(page, look);
  // Where the hand of the window before was, nothing of this one is pointed at.
  await page.mouse.move(0, 0);
  const replies = { ...REPLIES, ...look.replies };
  const start = { state, route: look.route ?? { screen: 'access', grantId: null }, replies };
  const script = await page.addInitScript((value) => Object.assign(window, { deskStart: value }), start);
  await page.goto(`${ORIGIN}/`);
  await script.dispose();
  await page.locator('.window').waitFor();
  await page.evaluate(async () => await document.fonts.ready);
  return {
    page,
    faults,
    show: async (next, nextLook) => await show(page, next, nextLook),
    close: async () => {
      await page.goto('about:blank');
      onClose();
    },
  };
}

async function takeLook(
  page: Page,
  { width = 400, height = 620, theme = 'light', forcedColors = 'none' }: Look,
): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme: theme, forcedColors, reducedMotion: 'reduce' });
}

async function show(page: Page, state: DesktopState, look: Look): Promise<void> {
  await takeLook(page, look);
  const route = look.route ?? { screen: 'access', grantId: null };
  await page.evaluate(
    async (next) => {
      const frame = async (): Promise<unknown> => await new Promise((done) => setTimeout(done, 30));
      for (const [name, value] of Object.entries(next.replies))
        window.desk.reply(name as CommandName, [{ ok: true, value }]);
      window.desk.push(next.state);
      // Away and back: the screen starts anew.
      window.desk.route({ screen: next.route.screen === 'settings' ? 'history' : 'settings' });
      await frame();
      window.desk.route(next.route);
      await frame();
    },
    { state, route, replies: { ...REPLIES, ...look.replies } },
  );
}
