// Runs the app's bundles on Electron itself, through Playwright. What the stand-in does by its own line is done here by
// code in the app's main process, which Playwright puts there for tests only.
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { type ElectronApplication, _electron } from 'playwright-core';
import type { DialogAnswer, Host, HostedApp, WindowState } from './host.ts';
import type { AppStart, Exit } from './running-app.ts';

// As root, and on machines without user namespaces, Chromium's own sandbox cannot start.
const SANDBOX = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

type MainGlobals = typeof globalThis & {
  deskClock?: { wall: number };
  deskLinks?: string[];
  deskAnswers?: DialogAnswer[];
};

function program(): string {
  // The package gives the path of the runtime, and downloads it when it is missing.
  return createRequire(import.meta.url)('electron') as string;
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null)
      resolve({ code: child.exitCode, signal: child.signalCode });
    else child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

/** Puts a clock that can be moved, and ears for links and dialogs, into the main process. */
async function prepare(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ shell, dialog }) => {
    const scope = globalThis as MainGlobals;
    const RealDate = Date;
    const clock = (scope.deskClock = { wall: 0 });
    const links: string[] = (scope.deskLinks = []);
    const answers: DialogAnswer[] = (scope.deskAnswers = []);
    const now = (): number => RealDate.now() + clock.wall;
    scope.Date = new Proxy(RealDate, {
      construct: (target, args, newTarget) =>
        Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as object,
      get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
    });
    shell.openExternal = (url) => Promise.resolve(void links.push(url));
    dialog.showMessageBox = () => {
      const answer = answers.find((given) => 'messageBox' in given);
      return Promise.resolve({ checkboxChecked: false, response: 0, ...answer?.messageBox });
    };
    dialog.showSaveDialog = () => {
      const filePath = answers.find((given) => 'save' in given)?.save ?? '';
      return Promise.resolve({ canceled: filePath === '', filePath });
    };
  });
}

async function start({ main, args, env }: AppStart): Promise<HostedApp> {
  const launched = [...SANDBOX, main, ...args];
  const app = await _electron.launch({ executablePath: program(), args: launched, env: { ...env } });
  const child = app.process();
  let log = '';
  for (const output of [child.stdout, child.stderr])
    output?.setEncoding('utf8').on('data', (text: string) => (log += text));
  await prepare(app);
  const shift = (ms: number, absolute: boolean): Promise<void> =>
    app.evaluate(
      (_electron, by) => {
        const { deskClock } = globalThis as MainGlobals;
        if (deskClock !== undefined) deskClock.wall = by.ms + (by.absolute ? 0 : deskClock.wall);
      },
      { ms, absolute },
    );
  return {
    pid: child.pid ?? 0,
    argv: [program(), ...launched],
    exited: exitOf(child),
    log: () => log,
    kill: (signal) => void child.kill(signal),
    quit: () => app.evaluate(({ app: own }) => own.quit()),
    pages: () => Promise.resolve(app.windows()),
    windows: () =>
      app.evaluate(({ BrowserWindow }): WindowState[] =>
        BrowserWindow.getAllWindows().map((window) => ({
          id: window.id,
          url: window.webContents.getURL(),
          visible: window.isVisible(),
          focused: window.isFocused(),
          bounds: window.getBounds(),
        })),
      ),
    closeWindow: (id) => app.evaluate(({ BrowserWindow }, which) => BrowserWindow.fromId(which)?.close(), id),
    powerHeard: (member, starting) =>
      app.evaluate(
        ({ powerMonitor }, event) => void powerMonitor.emit(event),
        member === 'PrepareForShutdown' ? 'shutdown' : starting ? 'suspend' : 'resume',
      ),
    // Time since boot is the machine's own there: only wall time can be moved.
    shiftClock: ({ wall }) => shift(wall, false),
    resetClock: () => shift(0, true),
    idle: (ms) =>
      app.evaluate(
        ({ powerMonitor }, seconds) => void (powerMonitor.getSystemIdleTime = () => seconds),
        Math.floor(ms / 1000),
      ),
    answerDialog: (answer) =>
      app.evaluate((_electron, given) => void (globalThis as MainGlobals).deskAnswers?.push(given), answer),
    openedLinks: () => app.evaluate(() => (globalThis as MainGlobals).deskLinks ?? []),
    pressShortcut: () => Promise.reject(new Error('A global shortcut can be pressed on the stand-in only')),
    setSystemDark: (dark) =>
      app.evaluate(
        ({ nativeTheme }, source) => void (nativeTheme.themeSource = source),
        dark ? ('dark' as const) : ('light' as const),
      ),
    happenings: () => [],
    release: () => app.close().catch(() => {}),
  };
}

export const electronHost: Host = {
  name: 'electron',
  start,
  startSecond: ({ main, args, env }) => exitOf(spawn(program(), [...SANDBOX, main, ...args], { env, stdio: 'ignore' })),
};
