// Runs the app's bundles on the stand-in for Electron, on plain Node.
import { type Browser, type Page, chromium } from 'playwright-core';
import type { Host, HostedApp, WindowState } from './host.ts';
import { type AppStart, RunningApp } from './running-app.ts';

/** Playwright on the windows' Chromium, connected when it is first needed. */
class Pages {
  readonly #app: RunningApp;
  #browser: Promise<Browser> | undefined;

  constructor(app: RunningApp) {
    this.#app = app;
  }

  async list(): Promise<readonly Page[]> {
    await this.#app.line.waitFor('window');
    if ((await this.#browser)?.isConnected() !== true) this.#browser = this.#connect();
    const browser = await this.#browser;
    if (browser === undefined) return [];
    const pages = browser.contexts().flatMap((context) => context.pages());
    return pages.filter((page) => !page.isClosed() && /^(https|file):/.test(page.url()));
  }

  async close(): Promise<void> {
    await this.#browser?.then((browser) => browser.close()).catch(() => {});
  }

  async #connect(): Promise<Browser> {
    const endpoint = await this.#app.line.command<string>('endpoint');
    // Without Playwright's own settings: colours, focus and sizes are those of the desktop.
    return chromium.connectOverCDP(endpoint, { noDefaults: true });
  }
}

export const standInHost: Host = {
  name: 'stand-in',
  async start(start: AppStart): Promise<HostedApp> {
    const app = await RunningApp.start(start);
    const pages = new Pages(app);
    const { line } = app;
    return {
      pid: app.process.pid ?? 0,
      argv: app.argv,
      exited: app.exited,
      log: () => app.log(),
      kill: (signal) => void app.process.kill(signal),
      quit: () => line.command('quit'),
      pages: () => pages.list(),
      windows: () => line.command<WindowState[]>('windows'),
      closeWindow: (id) => line.command('close-window', id),
      powerHeard: async (member, starting, tell) => {
        await line.waitFor('power-followed');
        const after = line.seen.length;
        tell();
        await line.waitFor('power', (seen) => seen['member'] === member && seen['starting'] === starting, after);
      },
      shiftClock: (byMs) => line.command('shift-clock', byMs),
      resetClock: () => line.command('reset-clock'),
      idle: (ms) => line.command('idle', ms),
      answerDialog: (answer) => line.command('answer-dialog', answer),
      openedLinks: () => line.command('opened-links'),
      pressShortcut: (accelerator) => line.command('press-shortcut', accelerator),
      setSystemDark: (dark) => line.command('system-dark', dark),
      happenings: () => line.seen,
      release: async () => {
        await pages.close();
        app[Symbol.dispose]();
      },
    };
  },
  async startSecond(start) {
    using second = await RunningApp.start(start);
    return await second.exited;
  },
};
