// One desk for a spec: a private desktop with the app on it, and hands on everything that a person has on a desktop.
// What a spec does through it works the same on the stand-in and on Electron; `desk.host` says which it is.
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { App } from './desk/app.ts';
import { Clipboard } from './desk/clipboard.ts';
import type { Host, HostName } from './desk/host.ts';
import { Keychain } from './desk/keychain.ts';
import { Notifications } from './desk/notifications.ts';
import { standInHost } from './desk/stand-in-host.ts';
import { Tray } from './desk/tray.ts';
import { until } from './until.ts';
import { type PrivateDesktop, runOnDesk, startPrivateDesktop } from './private-desktop/start.ts';

const BUILT_MAIN = path.resolve(import.meta.dirname, '../../out/main/main.js');

export type DesktopOptions = {
  /** The app's main bundle; the built one by default. */
  readonly main?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For the Node that runs the stand-in, as `--expose-gc`. */
  readonly nodeArgs?: readonly string[];
  /** Copied into the home folder before the first start. */
  readonly homeFrom?: string;
  readonly dark?: boolean;
  /** `WIDTHxHEIGHT` in pixels. */
  readonly geometry?: string;
  /** Without it nobody serves the keychain. */
  readonly keyring?: boolean;
  /** The app is started with the desk unless this is false. */
  readonly start?: boolean;
  readonly host?: HostName;
};

/** Opens a desk and starts the app on it. What it started and wrote is gone when it is disposed of. */
export async function openDesktop(options: DesktopOptions = {}): Promise<Desk> {
  const host = await chooseHost(options.host);
  const desktop = await startPrivateDesktop(options);
  try {
    const desk = new Desk(host, desktop, options, await Notifications.listen(desktop));
    if (options.start !== false) await desk.app.start();
    return desk;
  } catch (error) {
    await desktop[Symbol.asyncDispose]();
    throw error;
  }
}

async function chooseHost(asked: HostName | undefined): Promise<Host> {
  const name = asked ?? (process.env['DAYPASS_TEST_HOST'] === 'electron' ? 'electron' : 'stand-in');
  if (name === 'stand-in') return standInHost;
  const { electronHost } = await import('./desk/electron-host.ts');
  return electronHost;
}

export class Desk implements AsyncDisposable {
  readonly host: HostName;
  readonly app: App;
  readonly tray: Tray;
  readonly notifications: Notifications;
  readonly clipboard: Clipboard;
  readonly keychain: Keychain;
  /** What programs on this desk have in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The home folder: it stays over all starts of the app on this desk. */
  readonly home: string;
  /** A folder for the spec's own files; it goes with the desk. */
  readonly scratch: string;
  readonly #desktop: PrivateDesktop;

  constructor(host: Host, desktop: PrivateDesktop, options: DesktopOptions, notifications: Notifications) {
    this.#desktop = desktop;
    this.host = host.name;
    this.home = desktop.home;
    this.scratch = path.join(desktop.folder, 'scratch');
    mkdirSync(this.scratch);
    if (options.homeFrom !== undefined) cpSync(options.homeFrom, desktop.home, { recursive: true });
    this.env = { ...desktop.env, ...options.env };
    const { main = BUILT_MAIN, args = [], nodeArgs = [] } = options;
    this.app = new App(host, { main, args, nodeArgs, env: this.env });
    this.tray = new Tray(desktop);
    this.notifications = notifications;
    this.clipboard = new Clipboard(desktop);
    this.keychain = new Keychain(desktop);
  }

  /** Waits for a window of the app that has loaded: the first, or one whose address or title contains `match`. */
  async window(match = ''): Promise<Page> {
    let seen: readonly string[] = [];
    return until(`the window ${match}`, async () => {
      const pages = await this.app.pages();
      seen = pages.map((page) => page.url());
      for (const page of pages) {
        if (page.url().includes(match) || (await page.title()).includes(match)) return page;
      }
      return undefined;
    }).catch((error: unknown) => {
      throw new Error(`There are only: ${seen.join(', ')}. The app printed:\n${this.app.log()}`, { cause: error });
    });
  }

  readonly power = {
    /** The machine says that it is going to sleep; resolves when the app has heard it. */
    suspend: (): Promise<void> => this.#sleepSignal(true),
    /** The machine says that it is awake again; resolves when the app has heard it. */
    resume: (): Promise<void> => this.#sleepSignal(false),
    /** A whole sleep of `ms`: time passes, timers do not run. `resume: false`: the app is not told that it is over. */
    sleep: async (ms: number, { resume = true }: { readonly resume?: boolean } = {}): Promise<void> => {
      await this.power.suspend();
      await this.app.running.shiftClock({ wall: ms, boot: ms });
      if (resume) await this.power.resume();
    },
    /** The machine is about to go down. */
    shutdown: (): Promise<void> => {
      const tell = (): void => this.#desktop.logind.prepareForShutdown(true);
      return this.app.running.powerHeard('PrepareForShutdown', true, tell);
    },
  };

  readonly session = {
    /** The screen is locked, or unlocked, as logind tells it. */
    lock: (): void => this.#desktop.logind.setLocked(true),
    unlock: (): void => this.#desktop.logind.setLocked(false),
  };

  readonly clock = {
    /** Somebody sets the clock: wall time jumps by `ms`, time since boot does not. */
    shift: (ms: number): Promise<void> => this.app.running.shiftClock({ wall: ms, boot: 0 }),
    reset: (): Promise<void> => this.app.running.resetClock(),
  };

  /** The person has not touched the machine for `ms`. */
  async idle(ms: number): Promise<void> {
    await this.app.running.idle(ms);
  }

  /** The addresses that the app gave to the person's browser; none is really opened. */
  async openedLinks(): Promise<readonly string[]> {
    return this.app.running.openedLinks();
  }

  /** The person follows a link of the app's own scheme: on Linux that starts the app once more with the link. */
  async openLink(url: string): Promise<void> {
    await this.app.startSecond([url]);
  }

  /** A picture of the whole screen. */
  async screenshot(file: string): Promise<void> {
    await runOnDesk(this.env, ['import', '-window', 'root', file]);
  }

  /** Runs another program on this desk and gives what it printed. */
  async run(command: readonly [string, ...string[]], input?: string): Promise<string> {
    return runOnDesk(this.env, command, input);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.release();
    this.notifications[Symbol.dispose]();
    await this.#desktop[Symbol.asyncDispose]();
  }

  async #sleepSignal(starting: boolean): Promise<void> {
    await this.app.running.powerHeard('PrepareForSleep', starting, () =>
      this.#desktop.logind.prepareForSleep(starting),
    );
  }
}
