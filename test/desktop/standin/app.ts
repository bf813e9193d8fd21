// The app object: its start, its name and paths, its single instance, and its end.
import type * as Electron from 'electron';
import { appPaths } from './app-paths.ts';
import { BrowserWindow, whenLastWindowCloses, whenWindowIsMade } from './browser-window.ts';
import { onCommand, report } from './control.ts';
import { closeHost, killHost, openChromium } from './host.ts';
import { emitterOf, eventOf, only } from './missing.ts';
import { takeInstanceLock } from './single-instance.ts';

const EVENTS = [
  'ready',
  'will-finish-launching',
  'window-all-closed',
  'before-quit',
  'will-quit',
  'quit',
  'second-instance',
  'activate',
  'open-url',
  'open-file',
  'web-contents-created',
  'session-created',
  'browser-window-created',
  'browser-window-focus',
  'browser-window-blur',
  'render-process-gone',
  'child-process-gone',
  'accessibility-support-changed',
  'certificate-error',
  'login',
  'select-client-certificate',
];
type Offered =
  | 'whenReady'
  | 'isReady'
  | 'quit'
  | 'exit'
  | 'relaunch'
  | 'getPath'
  | 'setPath'
  | 'getAppPath'
  | 'getVersion'
  | 'getName'
  | 'setName'
  | 'name'
  | 'getLocale'
  | 'getSystemLocale'
  | 'getPreferredSystemLanguages'
  | 'getLocaleCountryCode'
  | 'isPackaged'
  | 'requestSingleInstanceLock'
  | 'hasSingleInstanceLock'
  | 'releaseSingleInstanceLock'
  | 'setAsDefaultProtocolClient'
  | 'isDefaultProtocolClient'
  | 'removeAsDefaultProtocolClient'
  | 'setLoginItemSettings'
  | 'getLoginItemSettings'
  | 'setAppUserModelId'
  | 'disableHardwareAcceleration'
  | 'enableSandbox'
  | 'dock'
  | 'accessibilitySupportEnabled'
  | 'isAccessibilitySupportEnabled'
  | 'setAccessibilitySupportEnabled'
  | 'setAboutPanelOptions'
  | 'setDesktopName';

const protocols = new Set<string>();

class App extends emitterOf('app', EVENTS) implements Pick<Electron.App, Offered> {
  readonly isPackaged = false;
  readonly dock = undefined;
  readonly commandLine = commandLine();
  accessibilitySupportEnabled = false;
  #ready: Promise<void>;
  #isReady = false;
  #before: Promise<unknown> = Promise.resolve();
  #quitting: 'no' | 'asking' | 'yes' = 'no';
  #release: (() => void) | undefined;

  constructor() {
    super();
    this.#ready = new Promise((resolve) => setImmediate(resolve)).then(() => this.#before).then(() => this.#start());
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.quit());
  }

  get name(): string {
    return appPaths.name();
  }
  set name(name: string) {
    appPaths.rename(name);
  }
  getName(): string {
    return appPaths.name();
  }
  setName(name: string): void {
    appPaths.rename(name);
  }
  // Started with a file, Electron finds no package.json beside it and names itself.
  getVersion(): string {
    return process.versions['electron'] ?? '';
  }
  getAppPath(): string {
    return process.cwd();
  }
  getPath(name: string): string {
    return appPaths.get(name);
  }
  setPath(name: string, value: string): void {
    appPaths.set(name, value);
  }
  getLocale(): string {
    return this.getSystemLocale();
  }
  getSystemLocale(): string {
    const set = process.env['LC_ALL'] ?? process.env['LC_MESSAGES'] ?? process.env['LANG'] ?? 'C';
    const locale = (set.split('.')[0] ?? '').replace('_', '-');
    return ['', 'C', 'POSIX'].includes(locale) ? 'en-US' : locale;
  }
  getPreferredSystemLanguages(): string[] {
    return [this.getSystemLocale()];
  }
  getLocaleCountryCode(): string {
    return this.getSystemLocale().split('-')[1] ?? '';
  }
  isReady(): boolean {
    return this.#isReady;
  }
  whenReady(): Promise<void> {
    return this.#ready;
  }
  /** For the stand-in's own parts: the app is not ready before these are. */
  readyAfter(parts: readonly Promise<unknown>[]): void {
    this.#before = Promise.all(parts);
  }

  requestSingleInstanceLock(additionalData?: Record<string, unknown>): boolean {
    if (this.#release !== undefined) return true;
    const own = { argv: process.argv, cwd: process.cwd(), data: additionalData ?? null };
    this.#release = takeInstanceLock(this.getPath('userData'), own, ({ argv, cwd, data }) => {
      void this.#ready.then(() => this.emit('second-instance', eventOf({}), argv, cwd, data));
    });
    if (this.#release === undefined) return false;
    // The browser starts beside the app's own start.
    openChromium(() => this.getPath('userData'));
    return true;
  }
  hasSingleInstanceLock(): boolean {
    return this.#release !== undefined;
  }
  releaseSingleInstanceLock(): void {
    this.#release?.();
    this.#release = undefined;
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    protocols.add(scheme);
    report('protocol-client', { scheme });
    return true;
  }
  removeAsDefaultProtocolClient(scheme: string): boolean {
    return protocols.delete(scheme);
  }
  isDefaultProtocolClient(scheme: string): boolean {
    return protocols.has(scheme);
  }
  // macOS and Windows only: nothing happens here, as in Electron.
  setLoginItemSettings(_settings: Electron.Settings): void {}
  getLoginItemSettings(): Electron.LoginItemSettings {
    return {
      openAtLogin: false,
      wasOpenedAtLogin: false,
      executableWillLaunchAtLogin: false,
      launchItems: [],
      status: 'not-registered',
    };
  }
  setAppUserModelId(_id: string): void {}
  isAccessibilitySupportEnabled(): boolean {
    return this.accessibilitySupportEnabled;
  }
  setAccessibilitySupportEnabled(_enabled: boolean): void {}
  setAboutPanelOptions(_options: Electron.AboutPanelOptionsOptions): void {}
  setDesktopName(_name: string): void {}
  disableHardwareAcceleration(): void {
    if (this.#isReady) throw new Error('app.disableHardwareAcceleration() can only be called before app is ready');
  }
  // Every page of the stand-in is without Node anyway.
  enableSandbox(): void {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
  }

  quit(): void {
    if (this.#quitting === 'yes') return;
    const before = eventOf({});
    this.#quitting = 'asking';
    this.emit('before-quit', before);
    if (before.defaultPrevented || !this.#closeWindows()) {
      this.#quitting = 'no';
      return;
    }
    const will = eventOf({});
    this.emit('will-quit', will);
    if (will.defaultPrevented) this.#quitting = 'no';
    else this.exit(0);
  }
  exit(exitCode = 0): void {
    if (this.#quitting === 'yes') return;
    this.#quitting = 'yes';
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
    this.emit('quit', eventOf({}), exitCode);
    this.#release?.();
    // A browser that does not end in time must not keep the app from ending.
    setTimeout(() => this.#leave(exitCode), 5000).unref();
    void closeHost().finally(() => this.#leave(exitCode));
  }
  relaunch(): void {
    report('relaunch');
  }

  #leave(exitCode: number): never {
    killHost();
    process.exit(exitCode);
  }

  #closeWindows(): boolean {
    for (const window of BrowserWindow.getAllWindows()) {
      window.close();
      if (!window.isDestroyed()) return false;
    }
    return true;
  }

  #start(): void {
    this.#isReady = true;
    openChromium(() => this.getPath('userData'));
    whenWindowIsMade((window) => {
      this.emit('web-contents-created', eventOf({}), window.webContents);
      this.emit('browser-window-created', eventOf({}), window);
    });
    whenLastWindowCloses(() => this.#lastWindowClosed());
    this.emit('will-finish-launching');
    this.emit('ready', eventOf({}), {});
    report('ready');
  }

  #lastWindowClosed(): void {
    if (this.#quitting !== 'no') return;
    if (!this.emit('window-all-closed')) this.quit();
  }
}

function commandLine(): Pick<
  Electron.CommandLine,
  'hasSwitch' | 'getSwitchValue' | 'appendSwitch' | 'appendArgument' | 'removeSwitch'
> {
  const switches = new Map<string, string>();
  for (const argument of process.argv.slice(2)) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    if (name !== undefined) switches.set(name.toLowerCase(), value ?? '');
  }
  return only('app.commandLine', {
    hasSwitch: (name: string) => switches.has(name.toLowerCase()),
    getSwitchValue: (name: string) => switches.get(name.toLowerCase()) ?? '',
    appendSwitch: (name: string, value = '') => void switches.set(name.toLowerCase(), value),
    appendArgument: (_value: string) => {},
    removeSwitch: (name: string) => void switches.delete(name.toLowerCase()),
  });
}

export const app = new App();
onCommand('quit', () => app.quit());
